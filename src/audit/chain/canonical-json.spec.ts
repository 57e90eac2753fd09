import fc from 'fast-check';
import { canonicalJson } from './canonical-json';

it('is the same for the same content, whatever the order of its keys', () => {
  expect(canonicalJson({ b: 1, a: { d: [2, { f: 3, e: 4 }], c: null } })).toBe(
    canonicalJson({ a: { c: null, d: [2, { e: 4, f: 3 }] }, b: 1 }),
  );
});

it('is the same again after a journey through JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json = canonicalJson(value);
      expect(canonicalJson(JSON.parse(json))).toBe(json);
      expect(canonicalJson(JSON.parse(JSON.stringify(value)))).toBe(json);
    }),
  );
});
