import fs from 'node:fs';

/** In the environment of every process of a session; a process that left the session's process tree still has it. */
export const SESSION_MARK = 'HOLDFAST_SESSION_ID';
const MARK_PREFIX = Buffer.from(`${SESSION_MARK}=`);
/** A look at all of /proc serves every session whose end is looked after within this time. */
const SNAPSHOT_MS = 25;

interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** Clock ticks after boot. */
  readonly startedAt: number;
  /** The session whose mark it carries. */
  readonly mark: string | undefined;
}

/** The process a session was started with. */
export interface Leader {
  readonly pid: number;
  /** Ticks, once it was reaped: guards against a pid that was given to a stranger afterwards. */
  readonly endedAt?: number;
}

let snapshot: { readonly at: number; readonly processes: readonly ProcessInfo[] } | undefined;

/**
 * Every process of a session: members of the leader's session, descendants of the leader, and processes that carry the
 * session's mark, so also daemons that called setsid(2) and were reparented.
 */
export function processesOf(sessionId: string, leader: Leader): number[] {
  const all = listProcesses();
  const members = new Set<number>();
  const belongs = (info: ProcessInfo): boolean =>
    (info.session === leader.pid || info.pid === leader.pid) &&
    (leader.endedAt === undefined || info.startedAt <= leader.endedAt);
  for (const info of all) if (info.mark === sessionId || belongs(info)) members.add(info.pid);
  // A session that was opened a moment ago is not in a snapshot of before.
  if (leader.endedAt === undefined && leader.pid > 0 && leaderRuns(leader.pid)) members.add(leader.pid);
  for (let grew = members.size > 0; grew;) {
    grew = false;
    for (const info of all) {
      if (!members.has(info.pid) && members.has(info.parent)) {
        members.add(info.pid);
        grew = true;
      }
    }
  }
  // Only when somebody runs the host in one of its own terminals.
  members.delete(process.pid);
  return [...members];
}

/** The sessions, of whichever host, that have a process. */
export function sessionsWithProcesses(): Set<string> {
  return new Set(listProcesses().flatMap(({ mark }) => mark ?? []));
}

/** Whether the leader still runs: for a broker without a keeper, which nobody tells. */
export function leaderRuns(pid: number): boolean {
  return readProcess(String(pid))?.session === pid;
}

/** Now, in the clock ticks of `/proc/PID/stat` (100 a second on Linux). */
export function nowInTicks(): number {
  return Math.ceil(Number(fs.readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 100);
}

function listProcesses(): readonly ProcessInfo[] {
  const at = performance.now();
  if (!snapshot || at - snapshot.at > SNAPSHOT_MS) {
    const names = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const before = new Map(snapshot?.processes.map((info) => [info.pid, info]));
    snapshot = { at, processes: names.flatMap((name) => readProcess(name, before.get(Number(name))) ?? []) };
  }
  return snapshot.processes;
}

/**
 * Undefined for one that ended, and for a zombie. This blocks every terminal of the host, so the environment is read once:
 * not again for the process that was there `before`, and not of kernel threads, whose session is 0.
 */
function readProcess(pid: string, before?: ProcessInfo): ProcessInfo | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command may contain spaces and parentheses; the fields start behind its last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const session = Number(fields[3]);
    const startedAt = Number(fields[19]);
    const known = before?.startedAt === startedAt;
    return {
      pid: Number(pid),
      parent: Number(fields[1]),
      session,
      startedAt,
      mark: known ? before.mark : session === 0 ? undefined : readMark(pid),
    };
  } catch {
    // It ended while we looked.
    return undefined;
  }
}

function readMark(pid: string): string | undefined {
  try {
    const environment = fs.readFileSync(`/proc/${pid}/environ`);
    let at = environment.indexOf(MARK_PREFIX);
    while (at > 0 && environment[at - 1] !== 0) at = environment.indexOf(MARK_PREFIX, at + 1);
    if (at < 0) return undefined;
    const end = environment.indexOf(0, at);
    return environment.toString('utf8', at + MARK_PREFIX.length, end < 0 ? undefined : end);
  } catch {
    // Another user's process, or gone.
    return undefined;
  }
}
