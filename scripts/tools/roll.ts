import path from 'node:path';
import type { Endpoints } from '../../src/endpoints';
import { isAlive } from '../../src/infrastructure/embedded-postgres/is-alive';
import { stateFile, type SupervisorState } from '../../src/supervisor/state-file';
import { readJson } from './read-json';

const POLL_MS = 50;
/** Each gateway may take two minutes to boot, and as long as its clients to leave. */
const PATIENCE_MS = 30 * 60_000;

export interface Roll {
  readonly before: SupervisorState;
  readonly after: SupervisorState;
}

/** Has the supervisor of `dataDir` replace its gateways; resolves when that is over. `after.roll` says how it went. */
export async function roll(dataDir: string): Promise<Roll> {
  const server = readJson<Endpoints>(path.join(dataDir, 'endpoints.json'));
  if (!server || !isAlive(server.pid)) throw new Error(`No server runs in ${dataDir}.`);
  const before = readJson<SupervisorState>(stateFile(dataDir));
  if (before?.pid !== server.pid) {
    throw new Error(
      `The server in ${dataDir} (pid ${server.pid}) was not started with npm start; restart it as it was.`,
    );
  }
  process.kill(server.pid, 'SIGHUP');
  return { before, after: await rolled(dataDir, before) };
}

async function rolled(dataDir: string, before: SupervisorState): Promise<SupervisorState> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const state = readJson<SupervisorState>(stateFile(dataDir));
    const isOver =
      state?.pid === before.pid && state.roll.number > before.roll.number && state.roll.state !== 'rolling';
    if (state && isOver) return state;
    if (!isAlive(before.pid)) throw new Error('The server ended meanwhile; its log says why.');
    if (performance.now() > deadline)
      throw new Error('The gateways were not replaced in time; see the log of the server.');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
