import fs from 'node:fs';

/** In the environment of every process of a session; a process that left the session's process tree still has it. */
export const SESSION_MARK = 'HOLDFAST_SESSION_ID';

interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** Clock ticks after boot. */
  readonly startedAt: number;
}

/**
 * Every process of a session: members of the leader's session, descendants of the leader, and processes that carry the
 * session's mark, so also daemons that called setsid(2) and were reparented. `leaderStartedAt` guards against a pid that was given
 * to a stranger after the leader was reaped.
 */
export function processesOf(sessionId: string, leader: { pid: number; endedAt?: number }): number[] {
  const all = listProcesses();
  const mark = Buffer.from(`${SESSION_MARK}=${sessionId}\0`);
  const members = new Set<number>();
  const belongs = (info: ProcessInfo): boolean =>
    (info.session === leader.pid || info.pid === leader.pid) &&
    (leader.endedAt === undefined || info.startedAt <= leader.endedAt);
  for (const info of all) if (belongs(info) || hasMark(info.pid, mark)) members.add(info.pid);
  for (let grew = true; grew;) {
    grew = false;
    for (const info of all) {
      if (!members.has(info.pid) && members.has(info.parent)) {
        members.add(info.pid);
        grew = true;
      }
    }
  }
  return [...members];
}

/** Now, in the clock ticks of `/proc/PID/stat` (100 a second on Linux). */
export function nowInTicks(): number {
  return Math.ceil(Number(fs.readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 100);
}

function listProcesses(): ProcessInfo[] {
  const found: ProcessInfo[] = [];
  for (const name of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, 'latin1');
      // The command may contain spaces and parentheses; the fields start behind its last one.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (fields[0] === 'Z') continue;
      found.push({
        pid: Number(name),
        parent: Number(fields[1]),
        session: Number(fields[3]),
        startedAt: Number(fields[19]),
      });
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

function hasMark(pid: number, mark: Buffer): boolean {
  if (pid === process.pid) return false;
  try {
    return fs.readFileSync(`/proc/${pid}/environ`).includes(mark);
  } catch {
    // Another user's process, or gone.
    return false;
  }
}
