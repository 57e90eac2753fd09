import fs from 'node:fs';

/** Of `utime` and `stime` in /proc/PID/stat; Linux has shown this unit to user space on every architecture since 2.6. */
const TICKS_PER_SECOND = 100;
const KIB_PER_LINE = /^(Pss_Anon|Pss_Shmem):\s+(\d+) kB$/gm;

/** CPU time that these processes have used so far, all threads, in seconds. */
export function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const fields = statFields(pid);
    // utime and stime are the fields 14 and 15 of proc(5); `fields` starts with the third.
    ticks += Number(fields?.[11] ?? 0) + Number(fields?.[12] ?? 0);
  }
  return ticks / TICKS_PER_SECOND;
}

/**
 * Proportional set size without files, in KiB. Program text is left out: it does not grow with sessions, and its share changes
 * whenever any other Node process on the machine starts or ends.
 */
export function memoryKib(pids: readonly number[]): number {
  let kib = 0;
  for (const pid of pids) {
    for (const [, , value] of readOr(`/proc/${pid}/smaps_rollup`).matchAll(KIB_PER_LINE)) kib += Number(value);
  }
  return kib;
}

export function commandLine(pid: number): string {
  return readOr(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

export function childrenOf(pid: number): number[] {
  return allPids().filter((candidate) => Number(statFields(candidate)?.[1]) === pid);
}

export function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

export function isRunning(pid: number): boolean {
  const state = statFields(pid)?.[0];
  return state !== undefined && state !== 'Z';
}

function allPids(): number[] {
  return fs
    .readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 0);
}

/** From the third field on: the second, the name, may contain anything. */
function statFields(pid: number): string[] | undefined {
  const stat = readOr(`/proc/${pid}/stat`);
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readOr(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    // The process ended meanwhile.
    return '';
  }
}
