import fs from 'node:fs';
import os from 'node:os';
import { claude } from './measure-claude';
import { connect } from './measure-connect';
import { echo, echoBesideFlood } from './measure-echo';
import { interrupt } from './measure-interrupt';
import { reattach } from './measure-reattach';
import { sessions } from './measure-sessions';
import { throughput } from './measure-throughput';
import type { Measure } from './measure';
import { parseOptions, USAGE, type Options } from './options';
import { Results } from './results';
import { renderTable } from './table';
import { holdfast, sandboxed } from './targets/holdfast';
import { rawPty } from './targets/raw-pty';
import type { RunningTarget, Target } from './targets/target';
import { ttyd, ttydWithTmux } from './targets/ttyd';
import { prepareWorkload, type Workload } from './workload';

const TARGETS: readonly Target[] = [holdfast, sandboxed, rawPty, ttyd, ttydWithTmux];

/** What was started and has to end, whatever happens. */
const running = new Set<RunningTarget>();

async function start(target: Target, workload: Workload): Promise<RunningTarget> {
  const started = await target.start(workload);
  running.add(started);
  return started;
}

async function stop(target: RunningTarget): Promise<void> {
  if (running.delete(target)) await target.stop();
}

async function stopAll(): Promise<void> {
  await Promise.all([...running].map(stop));
}

function measuresFor({ effort, only }: Options): readonly Measure[] {
  const all = [
    connect,
    echo,
    echoBesideFlood,
    throughput,
    claude,
    interrupt,
    reattach(effort.historyMegabytes),
    ...effort.sessionCounts.map(sessions),
  ];
  const unknown = only.filter((name) => !all.some((measure) => measure.name === name));
  if (unknown.length > 0) throw new Error(`There is no measure ${unknown.join(', ')}.`);
  return only.length === 0 ? all : all.filter((measure) => only.includes(measure.name));
}

/** Round by round, every target in turn: whatever else the machine does hits all of them. */
async function measureInRounds(
  measures: readonly Measure[],
  targets: readonly Target[],
  options: Options,
  workload: Workload,
  results: Results,
): Promise<void> {
  if (measures.length === 0) return;
  const started = new Map<Target, RunningTarget>();
  for (const target of targets) started.set(target, await start(target, workload));
  for (const measure of measures) {
    for (let round = 1; round <= options.effort.runs; round++) {
      for (const [{ name, measures: own }, target] of started) {
        if (own && !own.includes(measure.name)) continue;
        say(`${measure.name} ${round}/${options.effort.runs}: ${name}`);
        results.add(name, await measure.sample({ target, effort: options.effort, workload }));
      }
    }
  }
  await stopAll();
}

async function measureFresh(
  measure: Measure,
  targets: readonly Target[],
  options: Options,
  workload: Workload,
  results: Results,
): Promise<void> {
  for (const target of targets.filter(({ measures: own }) => !own || own.includes(measure.name))) {
    say(`${measure.rows[0]?.title}: ${target.name}`);
    const server = await start(target, workload);
    results.add(target.name, await measure.sample({ target: server, effort: options.effort, workload }));
    await stop(server);
  }
}

/** Progress goes to standard error; standard output is the table alone. */
function say(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
}

async function run(options: Options, directory: string): Promise<void> {
  const measures = measuresFor(options);
  const targets = TARGETS.filter((target) => target.unavailable() === undefined);
  const workload = prepareWorkload(directory, options.effort.throughputBytes);
  const results = new Results();
  for (const { rows } of measures) results.addRows(rows);
  const startedAt = performance.now();
  const shared = measures.filter((measure) => !measure.fresh);
  await measureInRounds(shared, targets, options, workload, results);
  for (const measure of measures.filter(({ fresh }) => fresh)) {
    await measureFresh(measure, targets, options, workload, results);
  }
  say('');
  report(results, targets, options, (performance.now() - startedAt) / 1000);
}

function report(results: Results, targets: readonly Target[], options: Options, seconds: number): void {
  const names = targets.map(({ name }) => name);
  const machine = `${os.cpus().length} × ${os.cpus()[0]?.model.trim()}, Linux ${os.release()}, Node ${process.versions.node}`;
  console.log(renderTable(results.rows, names));
  for (const target of TARGETS) {
    const reason = target.unavailable();
    if (reason) console.log(`${target.name} was not measured: ${reason}`);
  }
  console.log(`${machine}; medians of ${options.effort.runs} rounds (sessions: one); ${Math.round(seconds)} s.`);
  if (options.jsonFile) {
    const record = { machine, at: new Date().toISOString(), seconds, effort: options.effort, rows: results.rows };
    fs.writeFileSync(options.jsonFile, `${JSON.stringify(record, undefined, 2)}\n`);
  }
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) return console.log(USAGE);
  const directory = fs.mkdtempSync('/tmp/hfbw-');
  const cleanUp = async (): Promise<void> => {
    await stopAll();
    fs.rmSync(directory, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void cleanUp().finally(() => process.exit(130)));
  }
  process.once('uncaughtException', (error) => {
    console.error(error);
    void cleanUp().finally(() => process.exit(1));
  });
  try {
    await run(options, directory);
  } finally {
    await cleanUp();
  }
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
