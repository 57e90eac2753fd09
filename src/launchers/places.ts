import fs from 'node:fs';
import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../kernel/domain-error';
import type { ShellRequest } from './launchers';
import type { SystemIdentity } from './system-ids';

/** What members make in it belongs to the project's group. */
const SHARED_MODE = 0o2770;
const OWN_MODE = 0o700;
const MODE_BITS = 0o7777;

/**
 * Workspace, home and writable mounts, as they have to be right before a launch: real directories at exactly these paths, of the user
 * the shell runs as. A sandbox follows links when it mounts, so a link in their place would show it something else.
 */
export function takePlaces({ workspace, home, extras }: ShellRequest, identity: SystemIdentity | undefined): void {
  take(workspace, identity, identity?.shared ? SHARED_MODE : OWN_MODE);
  const own = identity && { ...identity, shared: false };
  for (const place of [home, ...(extras?.mounts ?? []).filter(({ writable }) => writable).map(({ source }) => source)])
    take(place, own, OWN_MODE);
}

function take(directory: string, identity: SystemIdentity | undefined, mode: number): void {
  const descriptor = openDirectory(directory);
  try {
    if (!identity) return;
    const { uid, gid, shared } = identity;
    const stat = fs.fstatSync(descriptor);
    // The first member who comes owns a workspace: git only trusts a directory of its user.
    const owner = shared && stat.uid !== process.getuid?.() ? stat.uid : uid;
    if (stat.uid !== owner || stat.gid !== gid) fs.fchownSync(descriptor, owner, gid);
    if ((stat.mode & MODE_BITS) !== mode) fs.fchmodSync(descriptor, mode);
  } finally {
    fs.closeSync(descriptor);
  }
}

function openDirectory(directory: string): number {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;
  try {
    if (fs.realpathSync(directory) === directory) return fs.openSync(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch {
    // Said below.
  }
  throw new DomainError(
    ErrorCode.launchFailed,
    'The directory of this project, or the home of this user, is not a plain directory any more; an administrator has to repair it.',
  );
}
