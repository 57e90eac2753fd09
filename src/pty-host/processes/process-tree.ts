import fs from 'node:fs';

/** In the environment of every process of a session; a process that left the session's process tree still has them. */
export const SESSION_MARK = 'HOLDFAST_SESSION_ID';
export const EPOCH_MARK = 'HOLDFAST_SESSION_EPOCH';
const SESSION_PREFIX = Buffer.from(`${SESSION_MARK}=`);
const EPOCH_PREFIX = Buffer.from(`${EPOCH_MARK}=`);
/** A look at all of /proc serves every session whose end is looked after within this time. */
const SNAPSHOT_MS = 25;

/** Which session a process belongs to, and which epoch of it; an earlier build named no epoch. */
export interface ProcessMark {
  readonly sessionId: string;
  readonly epoch: string | undefined;
}

/** Which processes are meant. */
export interface MarkedProcesses {
  readonly sessionId: string;
  /** Whether those of this epoch are. */
  ofEpoch(epoch: string | undefined): boolean;
}

interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** Clock ticks after boot. */
  readonly startedAt: number;
  readonly mark: ProcessMark | undefined;
}

/** The process an epoch was started with. */
export interface Leader {
  readonly pid: number;
  /** Ticks, once it was reaped: guards against a pid that was given to a stranger afterwards. */
  readonly endedAt?: number;
}

let snapshot: { readonly at: number; readonly processes: readonly ProcessInfo[] } | undefined;

/** No process has this number. */
export const NOBODY: Leader = { pid: -1 };

/**
 * Every process of an epoch: members of the leader's session, descendants of the leader, and processes that carry its
 * mark, so also daemons that called setsid(2) and were reparented.
 */
export function processesOf(wanted: MarkedProcesses, leader: Leader): number[] {
  const all = listProcesses();
  const members = new Set<number>();
  const belongs = (info: ProcessInfo): boolean =>
    (info.session === leader.pid || info.pid === leader.pid) &&
    (leader.endedAt === undefined || info.startedAt <= leader.endedAt);
  const marked = ({ mark }: ProcessInfo): boolean => mark?.sessionId === wanted.sessionId && wanted.ofEpoch(mark.epoch);
  for (const info of all) if (marked(info) || belongs(info)) members.add(info.pid);
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

/** The sessions and epochs, of whichever host, that have a process; each once. */
export function marksInUse(): ProcessMark[] {
  const marks = listProcesses().flatMap(({ mark }) => mark ?? []);
  return [...new Map(marks.map((mark) => [`${mark.sessionId} ${mark.epoch}`, mark])).values()];
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

function readMark(pid: string): ProcessMark | undefined {
  try {
    const environment = fs.readFileSync(`/proc/${pid}/environ`);
    const sessionId = readVariable(environment, SESSION_PREFIX);
    return sessionId === undefined ? undefined : { sessionId, epoch: readVariable(environment, EPOCH_PREFIX) };
  } catch {
    // Another user's process, or gone.
    return undefined;
  }
}

function readVariable(environment: Buffer, prefix: Buffer): string | undefined {
  let at = environment.indexOf(prefix);
  while (at > 0 && environment[at - 1] !== 0) at = environment.indexOf(prefix, at + 1);
  if (at < 0) return undefined;
  const end = environment.indexOf(0, at);
  return environment.toString('utf8', at + prefix.length, end < 0 ? undefined : end);
}
