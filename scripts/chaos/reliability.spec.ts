import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../test/support/root';

/** docs/reliability.md promises something in every cell of its matrix; here is what makes sure that somebody shows it. */

const DOCUMENT = fs.readFileSync(path.join(ROOT, 'docs/reliability.md'), 'utf8');
const ROW_DIRECTORY = path.join(ROOT, 'scripts/chaos/rows');
const COLUMNS = 8;

function section(title: string): string {
  const from = DOCUMENT.indexOf(title);
  if (from < 0) throw new Error(`there is no section ${title}`);
  return DOCUMENT.slice(from + title.length).split(/^##/m)[0] as string;
}

function tableOf(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  const rows = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  // Without the header and the line below it.
  return rows.slice(2);
}

const matrix = tableOf(section('## What survives what'));
const proofs = tableOf(section('### What shows it')).map(
  ([letter, proof]) => [letter as string, proof as string] as const,
);
const rowNames = fs
  .readdirSync(ROW_DIRECTORY)
  .flatMap((file) => [...fs.readFileSync(path.join(ROW_DIRECTORY, file), 'utf8').matchAll(/^ {2}name: '([^']+)'/gm)])
  .map(([, name]) => name);

it('says something about every thing and every fault, and who shows it', () => {
  expect(matrix.length).toBeGreaterThan(10);
  for (const [fault, ...cells] of matrix) {
    expect([fault, cells.length]).toEqual([fault, COLUMNS]);
    for (const cell of cells) expect(`${fault}: ${cell}`).toMatch(/: [✓◐✗]( [a-z]{1,2})+$/);
  }
});

it('names nothing that is not listed, and lists nothing that is not named', () => {
  const named = new Set(matrix.flatMap(([, ...cells]) => cells.flatMap((cell) => cell.split(' ').slice(1))));
  expect([...named].sort()).toEqual(proofs.map(([letter]) => letter).sort());
});

it.each(proofs)('%s: %s exists', (_, proof) => {
  const [, row] = /^row `([^`]+)`$/.exec(proof) ?? [];
  if (row !== undefined) return expect(rowNames).toContain(row);
  const [, file, title] = /^`([^`]+)`: (.+)$/.exec(proof) ?? [];
  expect(fs.readFileSync(path.join(ROOT, file ?? ''), 'utf8')).toContain(`'${title}'`);
});
