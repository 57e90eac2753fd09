import type { Launch } from '../pty-host/wire/host-messages';
import { shellEnvironment } from './environment';
import type { Launcher } from './launcher';
import type { ShellRequest } from './launchers';
import type { SystemAccount } from './system-account';

const ROOT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const USER_PATH = '/usr/local/bin:/usr/bin:/bin';

/** No confinement: a login shell on the machine itself, which can read what the server can read. */
export class DirectLauncher implements Launcher {
  readonly name = 'direct';
  readonly isSandbox = false;

  constructor(
    private readonly account: SystemAccount,
    /** It is another one than the server's own. */
    private readonly changesUser: boolean,
  ) {}

  launch(request: ShellRequest): Launch {
    const { profile, extras, workspace } = request;
    const { name, uid, gid, home } = this.account;
    return {
      program: profile.program,
      args: profile.args,
      cwd: extras && !extras.atHome ? workspace : home,
      env: shellEnvironment(request, { name, home, path: uid === 0 ? ROOT_PATH : USER_PATH }),
      ...(this.changesUser ? { user: { name, uid, gid } } : {}),
    };
  }
}
