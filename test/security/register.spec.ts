import { numbersInTitles, readCaseRegister } from './case-register';
import { CASES } from './cases';

const numbers = Object.keys(CASES);
const { tested, exempt } = readCaseRegister();
const missing = numbers.filter((number) => !tested.has(number) && !exempt.has(number));

afterAll(() => {
  for (const group of new Set(numbers.map((number) => number.slice(0, 1)))) {
    const of = (list: Iterable<string>) => [...list].filter((number) => number.startsWith(group));
    const open = of(missing);
    const parts = [
      `${of(tested.keys()).length} tested`,
      `${of(exempt.keys()).length} do not apply`,
      ...(open.length > 0 ? [`missing: ${open.join(' ')}`] : []),
    ];
    process.stderr.write(`${group}  ${of(numbers).length} cases: ${parts.join(', ')}\n`);
  }
});

it('reads lists and ranges of numbers, in titles of every kind', () => {
  const source = `it('A-01, A-03: x', f); it.each(rows)("B-01…B-03: %s", f); describe(\`C-09: y\`, f); it('D-1: no', f); it('x E-01: no', f)`;
  expect(numbersInTitles(source)).toEqual(['A-01', 'A-03', 'B-01', 'B-02', 'B-03', 'C-09']);
});

it('knows every number that a title or the table names', () => {
  const unknown = [...tested.keys(), ...exempt.keys()].filter((number) => !(number in CASES));
  expect(unknown).toEqual([]);
});

it('finds no number both tested and said not to apply', () => {
  expect([...exempt.keys()].filter((number) => tested.has(number))).toEqual([]);
});

it('finds every case of the catalogue, in a title or in docs/security.md', () => {
  expect(missing.map((number) => `${number} ${CASES[number]}`)).toEqual([]);
});
