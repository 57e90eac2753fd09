import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { StartupError } from '../infrastructure/startup-error';
import type { Launch } from '../pty-host/wire/host-messages';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const USER_PATH = '/usr/local/bin:/usr/bin:/bin';

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** What runs in a system terminal: a login shell with an environment made here, nothing of the server's in it. */
@Injectable()
export class ShellLaunch {
  private readonly account: Account;

  constructor(@Inject(CONFIG) private readonly config: Config) {
    this.account = this.findAccount();
  }

  build(session: { readonly id: string; readonly projectId: string }): Launch {
    const { program, user } = this.config.shell;
    const { name, uid, gid, home } = this.account;
    return {
      program,
      args: ['-l'],
      cwd: home,
      env: {
        PATH: uid === 0 ? PATH : USER_PATH,
        HOME: home,
        USER: name,
        LOGNAME: name,
        SHELL: program,
        TERM: 'xterm-256color',
        COLORTERM: 'truecolor',
        TERM_PROGRAM: 'holdfast',
        LANG: 'C.UTF-8',
        HOLDFAST_SESSION: session.id,
        HOLDFAST_PROJECT: session.projectId,
      },
      ...(user ? { user: { name, uid, gid } } : {}),
    };
  }

  private findAccount(): Account {
    const { user } = this.config.shell;
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
}

/** By name or uid; `getent` knows users of directories that are not in /etc/passwd. */
function lookUp(nameOrUid: string): Account | undefined {
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
