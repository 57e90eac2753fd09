import { processesOf, type Leader, type MarkedProcesses } from './process-tree';

/**
 * What is sent when, in milliseconds after the start. Between the first two it only looks, because most processes end at once.
 * KILL cannot be refused; it is repeated for what forked meanwhile.
 */
const RUNGS: readonly { readonly afterMs: number; readonly signal?: NodeJS.Signals }[] = [
  { afterMs: 0, signal: 'SIGHUP' },
  { afterMs: 50 },
  { afterMs: 250 },
  { afterMs: 1_000, signal: 'SIGTERM' },
  { afterMs: 2_000, signal: 'SIGKILL' },
  { afterMs: 2_200, signal: 'SIGKILL' },
  { afterMs: 3_000, signal: 'SIGKILL' },
];

/**
 * Ends every process of an epoch, politely first, and leaves none. Stops climbing as soon as nobody is left; resolves when
 * it stopped.
 */
export async function endProcesses(
  wanted: MarkedProcesses,
  leader: () => Leader,
  first: NodeJS.Signals = 'SIGHUP',
): Promise<void> {
  let climbedMs = 0;
  for (const { afterMs, signal } of RUNGS) {
    if (afterMs > climbedMs) await new Promise((resolve) => setTimeout(resolve, afterMs - climbedMs));
    climbedMs = afterMs;
    const members = processesOf(wanted, leader());
    // The first look may be at a list that is a moment older than the newest process.
    if (members.length === 0 && afterMs > 0) return;
    if (!signal) continue;
    for (const pid of members) {
      send(pid, afterMs === 0 ? first : signal);
      // A stopped process takes no polite signal before it is continued.
      if (signal !== 'SIGKILL') send(pid, 'SIGCONT');
    }
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended meanwhile.
  }
}
