import { execFileSync } from 'node:child_process';
import { findBubblewrap } from '../../src/launchers/bubblewrap/find-bubblewrap';

/** Undefined: bubblewrap is there. Otherwise why it is not, after trying to install it. The server itself only looks for it. */
export function bubblewrapMissing(): string | undefined {
  const found = findBubblewrap();
  if (!('problem' in found)) return undefined;
  if (process.getuid?.() !== 0) return found.problem;
  console.info('bubblewrap is missing; installing Debian’s …');
  try {
    install();
  } catch (error) {
    return `${found.problem} apt-get could not (${(error as Error).message.split('\n')[0]}).`;
  }
  const installed = findBubblewrap();
  return 'problem' in installed ? installed.problem : undefined;
}

function install(): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const aptGet = (...args: string[]): void =>
    void execFileSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    aptGet('install', '--yes', '--no-install-recommends', 'bubblewrap');
  } catch {
    // The list of packages may be older than the packages.
    aptGet('update');
    aptGet('install', '--yes', '--no-install-recommends', 'bubblewrap');
  }
}
