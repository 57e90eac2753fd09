/** The same inputs in every run, unless told otherwise: HOLDFAST_FUZZ_SEED=7 HOLDFAST_FUZZ_RUNS=1000 npm test -- fuzz */
const SEED = Number(process.env['HOLDFAST_FUZZ_SEED'] ?? 20_240_229);
/** How much more of it than usual. */
const TIMES = Number(process.env['HOLDFAST_FUZZ_RUNS'] ?? 1);

/** For `fc.assert`. `runs` is for every run of the tests. */
export function fuzzing(runs: number): { readonly seed: number; readonly numRuns: number } {
  return { seed: SEED, numRuns: runs * TIMES };
}

/** One value of each type JSON has, and those that are special somewhere. */
export const SWAPS: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  0.5,
  65_536,
  1e9,
  2 ** 53,
  1e308,
  '',
  '0',
  '80',
  'NaN',
  '__proto__',
  'constructor',
  '\u0000',
  '\ud800',
  '\u2028',
  'x'.repeat(10_000),
  [],
  [1],
  [[[[]]]],
  {},
  { toString: 1 },
  { length: 1e9 },
  { $ne: 1 },
];

/** Texts that are JSON, or nearly, and that `JSON.stringify` would not make. */
export const HOSTILE_JSON: readonly string[] = [
  '{"event":"ping","__proto__":{"event":"open"}}',
  '{"__proto__":{"event":"ping","data":{}}}',
  '{"event":"resize","data":{"__proto__":{"channel":1,"cols":80,"rows":24}}}',
  '{"event":"resize","data":{"constructor":{"prototype":{"channel":1}},"cols":80,"rows":24}}',
  '{"event":{"toString":1}}',
  '{"event":{"toString":null,"valueOf":null}}',
  '{"event":["open"]}',
  '{"event":"constructor"}',
  '{"event":"__proto__","data":{}}',
  '{"event":"hasOwnProperty","data":{}}',
  '{"event":"open","event":"detach","data":{"channel":1,"channel":"1"}}',
  '{"event":"resize","data":{"channel":1e999,"cols":80,"rows":24}}',
  '{"event":"resize","data":{"channel":1,"cols":-1e999,"rows":24}}',
  '{"event":"resize","data":{"channel":123456789012345678901234567890,"cols":80,"rows":24}}',
  `{"event":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
  `{"event":"ping","data":{"t":${'['.repeat(10_000)}${']'.repeat(10_000)}}}`,
  `{"event":"open","data":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`,
  '['.repeat(60_000),
  '{"event":"ping","id":{"toString":1}}',
  '{"event":"ping","data":null,"id":null}',
  '{"event":"resize","data":{"channel":1,"cols":NaN,"rows":Infinity}}',
  '\u0000',
  '\ufeff{"event":"ping"}',
  '"\\ud800"',
  '-',
  '1e',
  '{"event":"ping",}',
];

/** As it arrives: half of a surrogate pair cannot be sent. */
export function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}
