/** Ends the PTY host of DATA_DIR and every shell in it; the gateway stays as it is. `npm run host:stop` */
import fs from 'node:fs';
import path from 'node:path';
import { loadConfig } from '../config/environment';
import { processEnvironment } from '../config/process-environment';

const POLL_MS = 50;
/** The keeper gives shells 3 s to end and the broker 3 s more. */
const PATIENCE_MS = 10_000;

async function main(): Promise<void> {
  const directory = path.join(loadConfig(processEnvironment()).dataDir, 'host');
  const pid = readPid(path.join(directory, 'keeper.pid'));
  if (pid === undefined || !isKeeper(pid, directory)) return console.log(`No PTY host runs in ${directory}.`);
  process.kill(pid, 'SIGTERM');
  const deadline = performance.now() + PATIENCE_MS;
  while (isKeeper(pid, directory)) {
    if (performance.now() > deadline) throw new Error(`The PTY host in ${directory} (pid ${pid}) did not end.`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  console.log(`The PTY host in ${directory} (pid ${pid}) has ended, and every shell with it.`);
}

function readPid(file: string): number | undefined {
  if (!fs.existsSync(file)) return undefined;
  const pid = Number(fs.readFileSync(file, 'utf8'));
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/** Pids are used again: only a keeper of this very directory counts. */
function isKeeper(pid: number, directory: string): boolean {
  try {
    const words = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return words.includes(directory) && words.some((word) => word.endsWith(path.join('keeper', 'main.js')));
  } catch {
    return false;
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
