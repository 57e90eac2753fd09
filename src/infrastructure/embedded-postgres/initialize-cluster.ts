import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { errorCode, StartupError } from '../startup-error';
import type { ClusterDirectory } from './cluster-directory';
import { isAlive } from './is-alive';
import type { PostgresBinaries } from './postgres-binaries';
import { giveTo } from './postgres-user';

/** The superuser of the embedded cluster; reachable through its private socket only. */
export const SUPERUSER = 'holdfast';
const PASSWORD_FILE = 'holdfast-password';
const PASSWORD_BYTES = 18;

/** Makes the cluster on the first start; returns the password of its superuser. */
export function initializeCluster(cluster: ClusterDirectory, binaries: PostgresBinaries): string {
  if (!fs.existsSync(cluster.data)) initialize(cluster, binaries);
  return fs.readFileSync(path.join(cluster.data, PASSWORD_FILE), 'utf8');
}

/** In a directory of its own, then renamed: a crash leaves no half of a cluster, and of two starts at once one wins. */
function initialize(cluster: ClusterDirectory, { initdb }: PostgresBinaries): void {
  removeLeftovers(cluster.root);
  const fresh = path.join(cluster.root, `data.new-${process.pid}`);
  const passwordFile = `${fresh}.password`;
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  fs.writeFileSync(passwordFile, password, { mode: 0o600 });
  giveTo(cluster.user, passwordFile);
  const args = ['-D', fresh, '-U', SUPERUSER, '-A', 'scram-sha-256', '--pwfile', passwordFile];
  const locale = ['-E', 'UTF8', '--locale=C.UTF-8', '--no-instructions'];
  const result = spawnSync(initdb, [...args, ...locale], {
    ...cluster.user,
    cwd: '/',
    env: { LC_ALL: 'C.UTF-8' },
    encoding: 'utf8',
  });
  if (result.status !== 0) {
    fs.rmSync(passwordFile, { force: true });
    const reason = (result.stderr || result.error?.message || '').trim().split('\n').slice(-3).join(' ');
    throw new StartupError(`The embedded PostgreSQL could not be initialised in ${cluster.root}: ${reason}`);
  }
  // Inside the cluster, so that data and password appear in the same rename.
  fs.renameSync(passwordFile, path.join(fresh, PASSWORD_FILE));
  try {
    fs.renameSync(fresh, cluster.data);
  } catch (error) {
    if (errorCode(error) !== 'ENOTEMPTY' && errorCode(error) !== 'EEXIST') throw error;
    fs.rmSync(fresh, { recursive: true, force: true });
  }
}

/** Of starts that were killed during initdb. */
function removeLeftovers(root: string): void {
  for (const name of fs.readdirSync(root)) {
    const pid = /^data\.new-(\d+)/.exec(name)?.[1];
    if (pid !== undefined && (Number(pid) === process.pid || !isAlive(Number(pid)))) {
      fs.rmSync(path.join(root, name), { recursive: true, force: true });
    }
  }
}
