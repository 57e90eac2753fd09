import fc from 'fast-check';
import { visible, visibleJson, visibleLines } from './visible-text';

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('visible', () => {
  it.each([
    ['a\r\nb', 'a\\r\\nb'],
    ['\u001b[31mred', '\\u001b[31mred'],
    ['\u009b2J', '\\u009b2J'],
    ['abc\u202edcba', 'abc\\u202edcba'],
    ['one\u2028two', 'one\\u2028two'],
    ['half \ud83d', 'half \\ud83d'],
    ['plain ünïcödé 🎉', 'plain ünïcödé 🎉'],
  ])('shows %j as %j', (text, shown) => expect(visible(text)).toBe(shown));

  it('leaves nothing that a terminal obeys, in any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !INVISIBLE.test(visible(text))));
  });
});

it('keeps the lines of a text apart and nothing else', () => {
  expect(visibleLines('at a\n\u001b[2Jat b')).toBe('at a\n\\u001b[2Jat b');
});

it('escapes inside JSON without changing what it means', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const json = visibleJson(`${JSON.stringify({ text })}\n`);
      expect(json.trimEnd()).not.toMatch(INVISIBLE);
      expect(JSON.parse(json)).toEqual({ text });
    }),
  );
});
