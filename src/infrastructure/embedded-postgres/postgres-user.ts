import fs from 'node:fs';

/** The system user PostgreSQL runs as. Undefined ids = the user of this process. */
export interface PostgresUser {
  readonly uid?: number;
  readonly gid?: number;
}

const NOBODY = { uid: 65534, gid: 65534 };

/**
 * PostgreSQL refuses to run as root, so root picks another user: whoever owns the cluster already, else `postgres` when
 * the system has one, else nobody.
 */
export function choosePostgresUser(clusterDir: string): PostgresUser {
  if (process.getuid?.() !== 0) return {};
  const existing = fs.statSync(clusterDir, { throwIfNoEntry: false });
  if (existing && existing.uid !== 0) return { uid: existing.uid, gid: existing.gid };
  return systemUser('postgres') ?? NOBODY;
}

function systemUser(name: string): PostgresUser | undefined {
  const entries = fs.existsSync('/etc/passwd') ? fs.readFileSync('/etc/passwd', 'utf8').split('\n') : [];
  const entry = entries.map((line) => line.split(':')).find(([user]) => user === name);
  return entry ? { uid: Number(entry[2]), gid: Number(entry[3]) } : undefined;
}

/** Gives a file or directory that root made to the user of PostgreSQL. */
export function giveTo(user: PostgresUser, file: string): void {
  if (user.uid !== undefined && user.gid !== undefined) fs.chownSync(file, user.uid, user.gid);
}
