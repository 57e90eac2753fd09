import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from '../../../test/support/root';
import type { TestServer } from '../../../test/support/server';
import { ShiftedClock } from '../../../test/support/shifted-clock';
import { inflictFaults, type Lane } from '../faults';
import { Rig, startServer } from '../rig';
import type { Row, RowContext } from '../row';
import { TcpProxy } from '../tcp-proxy';

const HOUR_SECONDS = 3_600;
/** Where the clock stands after each jump: there, back, and over to the other side. */
const JUMPS = [HOUR_SECONDS, 0, -HOUR_SECONDS, 0, HOUR_SECONDS, -HOUR_SECONDS] as const;
const KEEPER = path.join(ROOT, 'dist/src/pty-host/keeper/main.js');
/** Whatever looks at the clock periodically has looked. */
const SETTLE_MS = 1_500;

/** HTTP tells whole seconds, and a loaded machine answers late. */
const CLOCK_TOLERANCE_SECONDS = 30;

interface ClockLane extends Lane {
  readonly clock: ShiftedClock;
  readonly proxy: TcpProxy;
  /** Nobody looks at it, and it prints nothing: what is ended after a time would be ended first. */
  readonly idle: Rig;
}

/** The gateway gives its environment to nobody: the host is started here, with the clock in it. */
function startHost(dataDir: string, clock: ShiftedClock): () => void {
  const directory = path.join(dataDir, 'host');
  fs.mkdirSync(directory, { mode: 0o700 });
  const log = fs.openSync(path.join(directory, 'host.log'), 'a', 0o600);
  spawn(process.execPath, [KEEPER, directory], {
    cwd: '/',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', ...clock.env },
    detached: true,
    stdio: ['ignore', log, log],
  }).unref();
  fs.closeSync(log);
  // The server's own end is also the host's.
  return () => undefined;
}

async function start(context: RowContext): Promise<ClockLane> {
  const clock = await context.hold(Promise.resolve(new ShiftedClock()));
  const prepare = (dataDir: string): (() => void) => startHost(dataDir, clock);
  // Tokens end during the jumps: the client has to get others.
  const env = { ...clock.env, ACCESS_TOKEN_TTL_SECONDS: String(HOUR_SECONDS / 2) };
  const server = await context.hold(startServer(env, { prepare }));
  const client = { server, clientEnv: clock.env };
  const idle = await context.hold(Rig.start({ ...client, load: 'idle' }));
  await idle.leave();
  const proxy = await context.hold(TcpProxy.start(server.endpoints.terminal));
  const webSocketUrl = `ws://127.0.0.1:${proxy.port}/`;
  return { clock, proxy, idle, rig: await context.hold(Rig.start({ ...client, webSocketUrl })) };
}

async function jump({ clock, proxy, rig, idle }: ClockLane, seconds: number): Promise<void> {
  clock.shift(seconds);
  await rig.serves();
  await sleep(SETTLE_MS);
  await expectClock(rig.server, seconds);
  const { reconnects } = await rig.status();
  proxy.reset();
  await rig.reconnected(reconnects);
  if (!idle.isRunning) throw new Error('a terminal without viewers was ended by the clock');
}

/** That the server really lives by the other clock. */
async function expectClock(server: TestServer, seconds: number): Promise<void> {
  const { headers } = await fetch(`${server.baseUrl}/health/live`);
  const shown = (Date.parse(headers.get('date') ?? '') - Date.now()) / 1000;
  if (!(Math.abs(shown - seconds) < CLOCK_TOLERANCE_SECONDS))
    throw new Error(`the server's clock is off by ${shown} s`);
}

export const clockJump: Row = {
  name: 'clock-jump',
  title: 'wall clock ±1 h for gateway, host and client',
  runs: { short: 3, full: 6 },
  note: 'after each jump the connection is reset, and the access token, good for half an hour, may be of the past: the pause holds a login',
  unavailable: () => ShiftedClock.unavailable(),
  run: (context) =>
    inflictFaults<ClockLane>(context, {
      lanes: 1,
      start,
      inflict: (lane, run) => jump(lane, JUMPS[run % JUMPS.length] as number),
    }),
};
