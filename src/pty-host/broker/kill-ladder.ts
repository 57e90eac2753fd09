import { processesOf } from './process-tree';

/** What is sent when, in milliseconds after the start. KILL cannot be refused; it is repeated for what forked meanwhile. */
const RUNGS: readonly { readonly afterMs: number; readonly signal: NodeJS.Signals }[] = [
  { afterMs: 0, signal: 'SIGHUP' },
  { afterMs: 1_000, signal: 'SIGTERM' },
  { afterMs: 2_000, signal: 'SIGKILL' },
  { afterMs: 2_200, signal: 'SIGKILL' },
  { afterMs: 3_000, signal: 'SIGKILL' },
];

/** Ends every process of a session, politely first, and leaves none. Stops climbing as soon as nobody is left. */
export function endProcesses(
  sessionId: string,
  leader: () => { pid: number; endedAt?: number },
  first?: NodeJS.Signals,
): void {
  const climb = (rung: number): void => {
    const step = RUNGS[rung];
    if (!step) return;
    const members = processesOf(sessionId, leader());
    if (members.length === 0) return;
    const signal = rung === 0 && first ? first : step.signal;
    for (const pid of members) {
      send(pid, signal);
      // A stopped process takes no polite signal before it is continued.
      if (signal !== 'SIGKILL') send(pid, 'SIGCONT');
    }
    const next = RUNGS[rung + 1];
    if (next) setTimeout(() => climb(rung + 1), next.afterMs - step.afterMs);
  };
  climb(0);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended meanwhile.
  }
}
