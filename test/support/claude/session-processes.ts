import fs from 'node:fs';

export interface SessionProcess {
  readonly pid: number;
  readonly args: readonly string[];
}

/** The CLI that runs for a session now: one, or none. */
export function processesOf(sessionId: string): readonly SessionProcess[] {
  return fs.readdirSync('/proc').flatMap((name) => {
    try {
      const args = fs.readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      const isOfSession = fs.readFileSync(`/proc/${name}/environ`, 'latin1').includes(`SESSION_ID=${sessionId}:`);
      return isOfSession && args.some((arg) => arg === '--session-id' || arg === '--resume')
        ? [{ pid: Number(name), args }]
        : [];
    } catch {
      return [];
    }
  });
}
