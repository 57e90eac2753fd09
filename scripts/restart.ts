/** Replaces the gateways of DATA_DIR by the installed build, without refusing a connection. `npm run restart` */
import fs from 'node:fs';
import path from 'node:path';
import { loadConfig } from '../config/environment';
import { processEnvironment } from '../config/process-environment';
import type { Endpoints } from '../src/endpoints';
import { isAlive } from '../src/infrastructure/embedded-postgres/is-alive';
import { stateFile, type SupervisorState } from '../src/supervisor/state-file';

const POLL_MS = 50;
/** Each gateway may take two minutes to boot, and as long as its clients to leave. */
const PATIENCE_MS = 30 * 60_000;

async function main(): Promise<void> {
  const { dataDir } = loadConfig(processEnvironment());
  const server = read<Endpoints>(path.join(dataDir, 'endpoints.json'));
  if (!server || !isAlive(server.pid)) throw new Error(`No server runs in ${dataDir}.`);
  const before = read<SupervisorState>(stateFile(dataDir));
  if (before?.pid !== server.pid) {
    throw new Error(
      `The server in ${dataDir} (pid ${server.pid}) was not started with npm start; restart it as it was.`,
    );
  }
  process.kill(server.pid, 'SIGHUP');
  const after = await rolled(dataDir, before);
  printTable(before, after);
  if (after.roll.state === 'failed') {
    throw new Error(`A new gateway did not become ready, so the old ones go on: ${after.roll.reason}`);
  }
}

async function rolled(dataDir: string, before: SupervisorState): Promise<SupervisorState> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const state = read<SupervisorState>(stateFile(dataDir));
    const isOver =
      state?.pid === before.pid && state.roll.number > before.roll.number && state.roll.state !== 'rolling';
    if (state && isOver) return state;
    if (!isAlive(before.pid)) throw new Error('The server ended meanwhile; its log says why.');
    if (performance.now() > deadline)
      throw new Error('The gateways were not replaced in time; see the log of the server.');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function printTable(before: SupervisorState, after: SupervisorState): void {
  const rows = [
    ...before.gateways.filter(({ pid }) => !after.gateways.some((gateway) => gateway.pid === pid)),
    ...after.gateways,
  ];
  console.log(`${'gateway'.padEnd(10)}${'generation'.padEnd(12)}state`);
  for (const { pid, generation, state } of rows) {
    const now = after.gateways.some((gateway) => gateway.pid === pid) ? state : 'replaced';
    console.log(`${String(pid).padEnd(10)}${String(generation).padEnd(12)}${now}`);
  }
}

function read<T>(file: string): T | undefined {
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as T) : undefined;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
