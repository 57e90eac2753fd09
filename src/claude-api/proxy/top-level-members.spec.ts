import fc from 'fast-check';
import { topLevelMembers } from './top-level-members';

const NAMES = ['model', 'max_tokens'];

function read(json: string): unknown {
  return topLevelMembers(Buffer.from(json), NAMES);
}

/** What JSON.parse makes of it. */
function parsed(json: string): unknown {
  const value: unknown = JSON.parse(json);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value).filter(([name]) => NAMES.includes(name)));
}

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('"', '\\', '\\"', 'model', 'x'.repeat(70) + '\\'));
const value = fc.oneof(fc.jsonValue(), text, fc.array(text), fc.dictionary(text, text));
const name = fc.oneof(fc.constantFrom(...NAMES), text);

describe('topLevelMembers', () => {
  it('reads what JSON.parse reads, whatever is around it', () => {
    fc.assert(
      fc.property(fc.dictionary(name, value, { maxKeys: 6 }), fc.constantFrom(undefined, 1, '\t'), (object, space) => {
        const json = JSON.stringify(object, undefined, space);
        expect(read(json)).toEqual(parsed(json));
      }),
      { numRuns: 1_000 },
    );
  });

  it('reads names and values that are written with escapes, as the API does', () => {
    expect(read('{"mod\\u0065l":"cl\\u0061ude","\\u006d\\u0061x_tokens" : 5 }')).toEqual({
      model: 'claude',
      max_tokens: 5,
    });
  });

  it('looks at the top only, not into what is in strings or below', () => {
    expect(read('{"a":"\\"model\\":\\"x\\"","b":{"model":"y"},"c":["model","z"],"model":"w"}')).toEqual({ model: 'w' });
  });

  it.each([
    ['twice', '{"model":"a","model":"b"}'],
    ['twice, once in disguise', '{"model":"a","mod\\u0065l":"b"}'],
    ['without an end', '{"model":"a'],
    ['without its object’s end', '{"model":"a"'],
    ['with something behind it', '{"model":"a"}{"model":"b"}'],
    ['in a list', '["model","a"]'],
    ['in UTF-16', Buffer.from('{"model":"a"}', 'utf16le').toString('latin1')],
    ['as no value', '{"model":nonsense}'],
    ['as a novel', JSON.stringify({ model: 'x'.repeat(5_000) })],
    ['nowhere', ''],
  ])('reads nothing when it is there %s', (_, json) => expect(read(json)).toBeUndefined());

  it('never throws', () => {
    const bytes = fc.uint8Array().map((array) => Buffer.from(array));
    const likely = fc
      .array(fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', ' ', 'model', '"model"', '1', 'null'))
      .map((parts) => Buffer.from(`{${parts.join('')}`));
    fc.assert(
      fc.property(fc.oneof(bytes, likely), (json) => {
        topLevelMembers(json, NAMES);
      }),
    );
  });
});
