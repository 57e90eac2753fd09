import type { ShellRequest } from './launchers';
import type { Numbers } from './numbers';
import type { SystemAccount } from './system-account';

/** As whom a shell runs on the machine. */
export interface SystemIdentity {
  readonly uid: number;
  readonly gid: number;
  /** The group is the project's, whose members have uids of their own. */
  readonly shared: boolean;
}

/**
 * System ids of shells. A server that is not root has none to give. As root every shell runs as SHELL_USER, where that is set;
 * else each user has a uid, and each project a gid, so that members of a project share its workspace and nothing else.
 */
export class SystemIds {
  constructor(
    private readonly source:
      | { readonly kind: 'own' }
      | { readonly kind: 'one'; readonly account: SystemAccount }
      | { readonly kind: 'each'; readonly base: number; readonly numbers: Numbers },
  ) {}

  /** Undefined: as the host itself. */
  of({ user, session }: Pick<ShellRequest, 'user' | 'session'>): SystemIdentity | undefined {
    const { source } = this;
    switch (source.kind) {
      case 'own':
        return undefined;
      case 'one':
        return { uid: source.account.uid, gid: source.account.gid, shared: false };
      case 'each':
        return {
          uid: source.base + source.numbers.of(`user-${user.id}`),
          gid: source.base + source.numbers.of(`project-${session.projectId}`),
          shared: true,
        };
    }
  }
}
