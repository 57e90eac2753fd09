import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import type { Config } from '../../config/environment';
import { StartupError } from '../infrastructure/startup-error';

/** A user of the operating system. */
export interface SystemAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** The account of SHELL_USER, else of this process. Throws a `StartupError` when there is no such user, or no way to become it. */
export function shellAccount(shell: Config['shell']): SystemAccount {
  const { user } = shell;
  const uid = process.getuid?.() ?? 0;
  if (user && uid !== 0) {
    throw new StartupError(
      'SHELL_USER needs the server to run as root, because only root may start shells of another user.',
    );
  }
  const account = lookUp(user ?? String(uid));
  if (user && !account) throw new StartupError(`SHELL_USER names "${user}", and this system has no such user.`);
  return account ?? { name: String(uid), uid, gid: process.getgid?.() ?? 0, home: '/' };
}

/** By name or uid; `getent` knows users of directories that are not in /etc/passwd. */
function lookUp(nameOrUid: string): SystemAccount | undefined {
  const { stdout, status } = spawnSync('getent', ['passwd', nameOrUid], { encoding: 'utf8' });
  const line = status === 0 ? stdout : findInPasswd(nameOrUid);
  const [name, , uid, gid, , home] = line?.trim().split(':') ?? [];
  if (!name || !uid || !gid) return undefined;
  return { name, uid: Number(uid), gid: Number(gid), home: home || '/' };
}

function findInPasswd(nameOrUid: string): string | undefined {
  return fs
    .readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${nameOrUid}:`) || line.split(':')[2] === nameOrUid);
}
