/** Hurts a real server in every way there is, and compares what came out at both ends. `npm run chaos` */
import fs from 'node:fs';
import os from 'node:os';
import { hasTemplateCluster, startTemplateCluster } from '../../test/support/template-cluster';
import { Held } from './held';
import { rewriteTable } from './markdown';
import { parseOptions, USAGE, type Options } from './options';
import { NOTHING_MEASURED, type Measured } from './result';
import type { Row, Stoppable } from './row';
import { ROWS } from './rows';
import { renderMarkdown, renderTable } from './table';
import { failures, type Outcome } from './verdict';

const held = new Held();

/** Progress goes to standard error; standard output is the table. */
function say(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
  else process.stderr.write(`${line}\n`);
}

function chosen({ rows }: Options): readonly Row[] {
  const unknown = rows.filter((name) => !ROWS.some((row) => row.name === name));
  if (unknown.length > 0) throw new Error(`There is no row ${unknown.join(', ')}.`);
  return rows.length === 0 ? ROWS : ROWS.filter(({ name }) => rows.includes(name));
}

function runsOf(row: Row, { runs }: Options): number {
  return typeof runs === 'number' ? runs : row.runs[runs];
}

async function runRow(row: Row, options: Options): Promise<Measured> {
  const own = new Held();
  void held.hold(Promise.resolve(own));
  const context = {
    runs: runsOf(row, options),
    short: options.runs === 'short',
    say: (progress: string) => say(`${row.name} ${progress}`),
    hold: <T extends Stoppable>(starting: Promise<T>) => own.hold(starting),
  };
  try {
    return await row.run(context);
  } catch (error) {
    return { ...NOTHING_MEASURED, problems: [(error as Error).stack ?? String(error)] };
  } finally {
    await own.stop();
  }
}

/** What a run has come to; told also when it is interrupted. */
interface Findings {
  readonly outcomes: Outcome[];
  readonly skipped: string[];
}

async function run(options: Options, { outcomes, skipped }: Findings): Promise<boolean> {
  const rows = chosen(options);
  if (!hasTemplateCluster()) await held.hold(startTemplateCluster());
  for (const row of rows) {
    const reason = row.unavailable?.();
    if (reason !== undefined) skipped.push(`${row.name} was not run: ${reason}`);
    else outcomes.push({ row, measured: await runRow(row, options) });
  }
  report(options, { outcomes, skipped });
  return outcomes.every((outcome) => failures(outcome).length === 0);
}

function report(options: Options, { outcomes, skipped }: Findings): void {
  const seconds = Math.round(performance.now() / 1000);
  say('');
  const machine = `${os.cpus().length} × ${os.cpus()[0]?.model.trim()}, Linux ${os.release()}, Node ${process.versions.node}`;
  const at = new Date().toISOString();
  const arguments_ = process.argv.slice(2).filter((argument) => !argument.startsWith('--markdown'));
  const made = `\`npm run chaos${arguments_.length > 0 ? ` -- ${arguments_.join(' ')}` : ''}\`, ${at.slice(0, 10)}, ${machine}; ${seconds} s.`;
  const notes = [
    ...outcomes.flatMap(({ row, measured }) =>
      [...(row.note ? [row.note] : []), ...measured.remarks].map((note) => `${row.name}: ${note}.`),
    ),
    ...skipped,
  ];
  console.log([renderTable(outcomes), ...notes, made].join('\n'));
  if (options.jsonFile) {
    const rows = outcomes.map((outcome) => ({
      name: outcome.row.name,
      failures: failures(outcome),
      ...outcome.measured,
    }));
    fs.writeFileSync(options.jsonFile, `${JSON.stringify({ machine, at, seconds, skipped, rows }, undefined, 2)}\n`);
  }
  if (options.markdownFile) {
    const text = [renderMarkdown(outcomes), '', ...notes.map((note) => `- ${note}`), '', made].join('\n');
    rewriteTable(options.markdownFile, text);
  }
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const findings: Findings = { outcomes: [], skipped: [] };
  const leave = (code: number): void => void held.stop().finally(() => process.exit(code));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      if (findings.outcomes.length > 0) report(options, findings);
      leave(130);
    });
  }
  process.once('uncaughtException', (error) => {
    console.error(error);
    leave(1);
  });
  try {
    return (await run(options, findings)) ? 0 : 1;
  } finally {
    await held.stop();
  }
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
