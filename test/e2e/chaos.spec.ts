import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Measured } from '../../scripts/chaos/result';
import { ROWS } from '../../scripts/chaos/rows';
import { ROOT } from '../support/root';

/** Each row of `npm run chaos` a few times, for the bytes; times are for a machine that does nothing else. */

const PROGRAM = path.join(ROOT, 'dist/scripts/chaos/main.js');
const ROW_TIMEOUT_MS = 5 * 60_000;

interface Report {
  readonly rows: readonly (Measured & { readonly name: string; readonly failures: readonly string[] })[];
}

const directory = fs.mkdtempSync('/tmp/hf-chaos-');
afterAll(() => fs.rmSync(directory, { recursive: true }));

/** What it printed is in the message of a failure. */
async function runRow(name: string): Promise<Report['rows'][number]> {
  const file = path.join(directory, `${name}.json`);
  const child = spawn(process.execPath, [PROGRAM, `--row=${name}`, '--runs=short', `--json=${file}`]);
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  const row = fs.existsSync(file) && (JSON.parse(fs.readFileSync(file, 'utf8')) as Report).rows[0];
  if (!row) throw new Error(`there is no report:\n${printed}`);
  return row;
}

describe('nothing is lost and nothing comes twice:', () => {
  for (const { name, unavailable } of ROWS) {
    const reason = unavailable?.();
    const test = reason === undefined ? it : it.skip;
    test(
      reason === undefined ? name : `${name} (${reason})`,
      async () => {
        const row = await runRow(name);
        expect(row.failures).toEqual([]);
        expect(row).toMatchObject({ outputExact: true, inputExact: true, lostBytes: 0, doubledBytes: 0 });
        expect(row.runs).toBeGreaterThan(0);
      },
      ROW_TIMEOUT_MS,
    );
  }
});
