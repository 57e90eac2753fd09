import fs from 'node:fs';
import os from 'node:os';

/** What defaults are taken from when a variable is absent. */
export interface Machine {
  readonly hostName: string;
  readonly workingDirectory: string;
  /** PATH: where programs are looked for. */
  readonly searchPath: string;
  /** Of the named user, else of the one this process runs as. */
  loginShell(user: string | undefined): string | undefined;
}

export function thisMachine(): Machine {
  return {
    hostName: os.hostname(),
    workingDirectory: process.cwd(),
    searchPath: process.env['PATH'] ?? '',
    loginShell,
  };
}

function loginShell(user: string | undefined): string | undefined {
  const isWanted = user === undefined ? ofUid(process.getuid?.()) : ofName(user);
  const entry = passwdEntries().find(isWanted);
  const shell = entry?.[6];
  // An account that may not log in has a shell that only says so.
  return shell && !/\/(nologin|false)$/.test(shell) ? shell : undefined;
}

type PasswdEntry = readonly string[];

const ofUid = (uid: number | undefined) => (entry: PasswdEntry) => Number(entry[2]) === uid;
const ofName = (name: string) => (entry: PasswdEntry) => entry[0] === name;

/** Read as a file because `os.userInfo()` throws for a uid without an entry, which is what containers run as. */
function passwdEntries(): PasswdEntry[] {
  try {
    return fs
      .readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'));
  } catch {
    return [];
  }
}
