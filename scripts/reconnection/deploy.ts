import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { roll } from '../tools/roll';
import type { Options } from './options';
import type { Report } from './report';
import { pause, until, type Connection, type Screen, type Target } from './target';

/** For somebody who starts the roll elsewhere, and for the gateways of one to boot. */
const WATCH_MS = 60_000;
const TRY_EVERY_MS = 200;
const TYPE_EVERY_MS = 50;

/** Output and input run through a rolling restart, and nobody who connects meanwhile is refused. */
export async function deploy(target: Target, report: Report, options: Options): Promise<void> {
  const connection = target.connect();
  let lost = 0;
  connection.client.on('state', ({ name }) => (lost += name === 'waiting' || name === 'broken' ? 1 : 0));
  const [printing, typing] = [connection.open(), connection.open()];
  try {
    await Promise.all([printing.terminal.ready, typing.terminal.ready]);
    printing.terminal.write('n=0; while sleep 0.02; do n=$((n+1)); echo "line"-$n; done\r');
    typing.terminal.write('stty raw -echo; echo rea""dy; exec cat\r');
    await Promise.all([printing.until(/line-1\r\n/), typing.until(/ready\r?\n/)]);
    const opened = printing.opened;
    const typed = typeAlong(typing);
    const { failed, outcome } = await connectDuring(target, rollServer(options));
    report.add('the roll', 'done', outcome, outcome === 'done');
    report.add('connection attempts during the roll', '0 failed', `${failed} failed`, failed === 0);
    const moved = printing.opened > opened;
    report.add('the terminals moved to another process', 'yes', moved ? 'yes' : 'no: was there a roll?', moved);
    report.add('times without a connection', '0', lost, lost === 0);
    await checkInput(typing, await typed.stop(), report);
    await checkOutput(printing, report);
  } finally {
    await removeBoth(target, connection, [printing, typing]);
  }
}

/** Resolves to `done`, or to why not. */
async function rollServer({ restart: [program, ...args], dataDir }: Options): Promise<string> {
  try {
    if (program !== undefined) {
      const [code] = (await once(spawn(program, args, { stdio: 'inherit' }), 'exit')) as [number | null];
      return code === 0 ? 'done' : `${program} ended with ${code}`;
    }
    if (dataDir !== undefined) {
      const { state, reason } = (await roll(dataDir)).after.roll;
      return reason === undefined ? state : `${state}: ${reason}`;
    }
  } catch (error) {
    return (error as Error).message;
  }
  console.log(`Run "npm run restart" at the server now; this watches for ${WATCH_MS / 1000} s.`);
  await pause(WATCH_MS);
  return 'done';
}

/** How many of those who connected meanwhile had to try again. */
async function connectDuring(target: Target, rolled: Promise<string>): Promise<{ failed: number; outcome: string }> {
  let failed = 0;
  let outcome: string | undefined;
  void rolled.then((state) => (outcome = state));
  while (outcome === undefined) {
    const { client } = target.connect();
    client.on('state', ({ name }) => (failed += name === 'waiting' || name === 'broken' ? 1 : 0));
    await client.connect().catch(() => (failed += 1));
    await client.close();
    await pause(TRY_EVERY_MS);
  }
  return { failed, outcome };
}

/** Types numbers into a terminal until it is stopped; `stop` answers with all that was typed. */
function typeAlong(screen: Screen): { stop(): Promise<string> } {
  let typed = '';
  let stopped = false;
  const typing = (async () => {
    for (let key = 1; !stopped; key++) {
      screen.terminal.write(`${key};`);
      typed += `${key};`;
      await pause(TYPE_EVERY_MS);
    }
  })();
  return { stop: () => ((stopped = true), typing.then(() => typed)) };
}

async function checkInput(screen: Screen, typed: string, report: Report): Promise<void> {
  const echoed = (): string => screen.seen.slice(screen.seen.lastIndexOf('ready') + 'ready'.length).trimStart();
  await until(() => echoed().length >= typed.length, 'everything that was typed came back').catch(() => undefined);
  const exact = echoed() === typed;
  const seen = exact ? `${typed.length} bytes` : `${echoed().length} of ${typed.length} bytes, or others`;
  report.add('input through the roll', 'every byte once', seen, exact);
}

async function checkOutput(screen: Screen, report: Report): Promise<void> {
  const lines = (): number[] => [...screen.seen.matchAll(/^line-(\d+)\r$/gm)].map(([, number]) => Number(number));
  const before = lines().length;
  await until(() => lines().length > before, 'the output goes on').catch(() => undefined);
  const all = lines();
  const exact = all.length > before && all.every((number, index) => number === index + 1);
  report.add('output through the roll', 'every line once', exact ? `${all.length} lines` : 'a gap or a double', exact);
}

async function removeBoth(target: Target, connection: Connection, screens: readonly Screen[]): Promise<void> {
  await connection.client.close();
  for (const { terminal } of screens) if (terminal.sessionId !== undefined) await target.remove(terminal.sessionId);
}
