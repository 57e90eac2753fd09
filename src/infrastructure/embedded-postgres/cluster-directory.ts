import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { StartupError } from '../startup-error';
import { choosePostgresUser, giveTo, type PostgresUser } from './postgres-user';

/** `sun_path` holds 108 bytes on Linux and 104 on macOS; PostgreSQL adds "/.s.PGSQL.5432.lock" to the directory. */
const MAX_SOCKET_DIR_BYTES = 84;
/** Where the cluster goes when its user cannot reach DATA_DIR. */
const SYSTEM_STATE_DIR = '/var/lib/holdfast';
const OTHERS_MAY_PASS = 0o001;

/** Where one embedded PostgreSQL keeps its files. */
export interface ClusterDirectory {
  readonly user: PostgresUser;
  /** Holds everything below. */
  readonly root: string;
  /** PGDATA; exists only complete. */
  readonly data: string;
  readonly socketDir: string;
  readonly logFile: string;
}

/** Makes the directory of the cluster and the one of its socket, both open to the user of PostgreSQL only. */
export function prepareClusterDirectory(dir: string): ClusterDirectory {
  const root = reachable(path.resolve(dir));
  const user = choosePostgresUser(root);
  makePrivate(root, user);
  const socketDir = socketDirFor(root);
  makePrivate(socketDir, user);
  return { user, root, data: path.join(root, 'data'), socketDir, logFile: path.join(root, 'server.log') };
}

/**
 * Root's checkout often lies under /root, which the user of PostgreSQL cannot enter. Then the cluster lives in the
 * system's state directory and DATA_DIR holds a link to it.
 */
function reachable(dir: string): string {
  if (fs.lstatSync(dir, { throwIfNoEntry: false })?.isSymbolicLink()) return resolveLink(dir);
  if (process.getuid?.() !== 0 || othersMayPass(path.dirname(dir))) return dir;
  const elsewhere = path.join(SYSTEM_STATE_DIR, `postgres-${randomBytes(4).toString('hex')}`);
  fs.mkdirSync(elsewhere, { recursive: true, mode: 0o755 });
  fs.symlinkSync(elsewhere, dir);
  return elsewhere;
}

function resolveLink(link: string): string {
  const target = path.resolve(path.dirname(link), fs.readlinkSync(link));
  if (!fs.existsSync(target)) {
    throw new StartupError(
      `${link} points to ${target}, which is gone; restore it, or remove the link to start afresh.`,
    );
  }
  return target;
}

function othersMayPass(dir: string): boolean {
  if ((fs.statSync(dir).mode & OTHERS_MAY_PASS) === 0) return false;
  return path.dirname(dir) === dir || othersMayPass(path.dirname(dir));
}

function socketDirFor(root: string): string {
  const beside = path.join(root, 'socket');
  if (Buffer.byteLength(beside) <= MAX_SOCKET_DIR_BYTES) return beside;
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
  const temporary = path.join(os.tmpdir(), `holdfast-${name}`);
  if (Buffer.byteLength(temporary) <= MAX_SOCKET_DIR_BYTES) return temporary;
  throw new StartupError(
    `Neither ${beside} nor ${temporary} is short enough for a Unix socket (${MAX_SOCKET_DIR_BYTES} bytes); set a shorter DATA_DIR.`,
  );
}

function makePrivate(dir: string, user: PostgresUser): void {
  fs.mkdirSync(dir, { recursive: true });
  const stat = fs.lstatSync(dir);
  const owner = user.uid ?? process.getuid?.();
  // In a shared temporary directory somebody else may have made this name first.
  if (!stat.isDirectory() || (stat.uid !== owner && stat.uid !== process.getuid?.())) {
    throw new StartupError(`${dir} belongs to another user; remove it or set another DATA_DIR.`);
  }
  giveTo(user, dir);
  fs.chmodSync(dir, 0o700);
}
