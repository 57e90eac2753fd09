import { parseArgs } from 'node:util';

export interface Options {
  /** Names of rows; empty: all. */
  readonly rows: readonly string[];
  /** Of the tests, of the table, or another number for every row. */
  readonly runs: 'short' | 'full' | number;
  readonly jsonFile: string | undefined;
  /** A document whose table between the markers is written again. */
  readonly markdownFile: string | undefined;
  readonly help: boolean;
}

export const USAGE = `usage: npm run chaos -- [--row=NAME …] [--runs=short|full|N] [--json=FILE] [--markdown=FILE]
  --row       only this row; may be given several times
  --runs      short: a few runs of each, without waiting for what only times need (about two minutes);
              full: those of docs/reliability.md (about fifteen minutes, default); N: so many of each row
  --json      writes every pause of every row as well
  --markdown  replaces the table in this document: docs/reliability.md`;

/** Throws an Error whose message is one sentence. */
export function parseOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      row: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string', default: 'full' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    rows: values.row,
    runs: runsOf(values.runs),
    jsonFile: values.json,
    markdownFile: values.markdown,
    help: values.help,
  };
}

function runsOf(value: string): Options['runs'] {
  if (value === 'short' || value === 'full') return value;
  const runs = Number(value);
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs must be short, full or an integer from 1.');
  return runs;
}
