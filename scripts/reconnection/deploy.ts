import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Options } from './options';
import type { Report } from './report';
import { pause, type Target } from './target';

/** A roll of several gateways, and time to look at what comes after. */
const WATCH_MS = 30_000;
const TRY_EVERY_MS = 200;

/** Streams run through a rolling restart, and nobody who connects meanwhile is refused. */
export async function deploy(target: Target, report: Report, options: Options): Promise<void> {
  const connection = target.connect();
  const screen = connection.open();
  const { sessionId } = await screen.terminal.ready;
  let lost = 0;
  connection.client.on('state', ({ name }) => (lost += name === 'waiting' || name === 'broken' ? 1 : 0));
  try {
    screen.terminal.write('n=0; while sleep 0.02; do n=$((n+1)); echo "line"-$n; done\r');
    await screen.until(/line-1\r\n/);
    const before = screen.opened;
    rollServer(options);
    const failed = await tryToConnect(target);
    report.add('connection attempts during the roll', '0 failed', `${failed} failed`, failed === 0);
    const lines = [...screen.seen.matchAll(/^line-(\d+)\r$/gm)].map(([, number]) => Number(number));
    const exact = lines.every((number, index) => number === index + 1);
    report.add(
      'output through the roll',
      'every line once',
      exact ? `${lines.length} lines` : 'a gap or a double',
      exact,
    );
    const moved = screen.opened > before;
    report.add('the terminal moved to another process', 'yes', moved ? 'yes' : 'no: was there a roll?', moved);
    report.add('times without a connection', '0', lost, lost === 0);
  } finally {
    await connection.client.close();
    await target.remove(sessionId);
  }
}

function rollServer({ restart: [program, ...args], dataDir }: Options): void {
  if (program !== undefined) {
    spawn(program, args, { stdio: 'inherit' }).on('error', (error) => console.error(error.message));
    return;
  }
  if (dataDir === undefined) {
    console.log(`Run "npm run restart" now; this watches for ${WATCH_MS / 1000} s.`);
    return;
  }
  const { pid } = JSON.parse(fs.readFileSync(path.join(dataDir, 'endpoints.json'), 'utf8')) as { pid: number };
  process.kill(pid, 'SIGHUP');
}

/** How many of those who connected meanwhile had to try again. */
async function tryToConnect(target: Target): Promise<number> {
  let failed = 0;
  for (const deadline = performance.now() + WATCH_MS; performance.now() < deadline;) {
    const { client } = target.connect();
    client.on('state', ({ name }) => (failed += name === 'waiting' ? 1 : 0));
    await client.connect().catch(() => (failed += 1));
    await client.close();
    await pause(TRY_EVERY_MS);
  }
  return failed;
}
