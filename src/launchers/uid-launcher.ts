import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../kernel/domain-error';
import { NEEDS_NEWER_HOST, type Launch } from '../pty-host/wire/host-messages';
import { userNameFor } from './bubblewrap/accounts';
import { shellEnvironment } from './environment';
import type { Launcher } from './launcher';
import type { ShellRequest } from './launchers';
import type { SystemIds } from './system-ids';

const PATH = '/usr/local/bin:/usr/bin:/bin';
/** Not even to look at: on the machine itself nothing but permissions divides users. */
const UMASK = 0o007;

/** A system user for each user, where the kernel offers no sandbox: files, memory and signals are divided, the network is not. */
export class UidLauncher implements Launcher {
  readonly name = 'uid';
  readonly isSandbox = false;

  constructor(private readonly ids: SystemIds) {}

  launch(request: ShellRequest): Launch {
    const { profile, workspace, home } = request;
    const user = this.ids.of(request);
    if (!user) throw new DomainError(ErrorCode.launchFailed, 'Only root can start shells of other system users.');
    const name = userNameFor(request.user.email);
    return {
      program: NEEDS_NEWER_HOST,
      args: [],
      cwd: workspace,
      env: shellEnvironment(request, { name, home, path: PATH }),
      user: { name: '-', uid: user.uid, gid: user.gid },
      confinement: {
        program: profile.program,
        args: profile.args,
        descriptors: [],
        umask: UMASK,
        limits: profile.limits,
      },
    };
  }
}
