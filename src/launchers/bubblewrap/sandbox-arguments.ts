import { FIRST_DESCRIPTOR } from '../../pty-host/wire/host-messages';
import type { LaunchMount } from '../launchers';
import { INNER_GID, INNER_UID } from './accounts';
import type { View } from './view';

/** Descriptors that bwrap reads, in the order in which they are passed; those of files follow the last one. */
export const SandboxDescriptor = {
  filter: FIRST_DESCRIPTOR,
  arguments: FIRST_DESCRIPTOR + 1,
  passwd: FIRST_DESCRIPTOR + 2,
  group: FIRST_DESCRIPTOR + 3,
  firstFile: FIRST_DESCRIPTOR + 4,
} as const;

export const INNER_WORKSPACE = '/workspace';

const MIB = 2 ** 20;
/** Memory that files in /tmp, /dev/shm and /run may take of the machine. */
export const TMP_BYTES = 256 * MIB;
const SHARED_MEMORY_BYTES = 64 * MIB;
const RUN_BYTES = 16 * MIB;

export interface Sandbox {
  readonly view: View;
  readonly network: 'none' | 'host';
  readonly workspace: string;
  readonly home: { readonly outside: string; readonly inside: string };
  readonly env: Readonly<Record<string, string>>;
  /** On top of everything else, in places that only the root of the sandbox has. */
  readonly mounts: readonly LaunchMount[];
  /** Where the files are shown whose contents follow the group's, in this order. */
  readonly files: readonly string[];
  /** Present: nothing that can be written to can be executed; this directory, outside, is /tmp. */
  readonly sealedTmp?: string;
}

/**
 * What bwrap is told, without the program. The order counts: later mounts lie on earlier ones. Never --new-session: it takes the
 * terminal from the shell, and with it job control; what it protects from (TIOCSTI) the seccomp filter refuses.
 */
export function sandboxArguments(sandbox: Sandbox): string[] {
  const { view, network, workspace, home, env, mounts, files, sealedTmp } = sandbox;
  return [
    ...[
      '--unshare-user',
      '--unshare-pid',
      '--unshare-ipc',
      '--unshare-uts',
      '--unshare-cgroup-try',
      '--disable-userns',
    ],
    ...(network === 'none' ? ['--unshare-net'] : []),
    ...['--uid', String(INNER_UID), '--gid', String(INNER_GID), '--hostname', 'terminal', '--die-with-parent'],
    ...view.mounts,
    ...['--perms', '0644', '--file', String(SandboxDescriptor.passwd), '/etc/passwd'],
    ...['--perms', '0644', '--file', String(SandboxDescriptor.group), '/etc/group'],
    ...['--proc', '/proc', '--dev', '/dev'],
    ...(sealedTmp === undefined ? scratch() : sealedScratch(sealedTmp)),
    ...['--dir', '/var', '--symlink', '../tmp', '/var/tmp'],
    ...['--bind', home.outside, home.inside, '--bind', workspace, INNER_WORKSPACE, '--chdir', INNER_WORKSPACE],
    ...mounts.flatMap(({ source, target, writable }) => [writable ? '--bind' : '--ro-bind', source, target]),
    ...files.flatMap((file, index) => ['--perms', '0444', '--file', String(SandboxDescriptor.firstFile + index), file]),
    // Else both are tmpfs of half the machine's memory.
    ...['--remount-ro', '/dev', '--remount-ro', '/'],
    '--clearenv',
    ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
  ];
}

function scratch(): string[] {
  return [
    ...['--size', String(SHARED_MEMORY_BYTES), '--perms', '1777', '--tmpfs', '/dev/shm'],
    ...['--size', String(TMP_BYTES), '--perms', '1777', '--tmpfs', '/tmp'],
    ...['--size', String(RUN_BYTES), '--perms', '0755', '--tmpfs', '/run'],
  ];
}

/** Without what bwrap itself would mount, which can be executed from; and without /proc/self/mem, through which a shell rewrites itself. */
function sealedScratch(tmp: string): string[] {
  return ['--bind', tmp, '/tmp', '--dir', '/run', '--remount-ro', '/proc'];
}
