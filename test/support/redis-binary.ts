import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './root';

export interface RedisServerProgram {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

const CACHE = path.join(ROOT, 'node_modules/.cache/holdfast/redis');
/** Redis and what it links that a Debian base system does not have. */
const DEBIAN_PACKAGES = [
  'redis-server',
  'redis-tools',
  'liblzf1',
  'libjemalloc2',
  'liblua5.1-0',
  'lua-cjson',
  'lua-bitop',
];
const HOW_TO_GET_ONE = 'Install redis-server, or name one with REDIS_SERVER_BIN.';

/** Of REDIS_SERVER_BIN, of the PATH, or unpacked once under node_modules without changing the system. */
export function findRedisServer(): RedisServerProgram {
  const named = process.env['REDIS_SERVER_BIN'];
  if (named !== undefined) return { command: named, env: {} };
  return onPath() ?? unpacked() ?? unpack();
}

function onPath(): RedisServerProgram | undefined {
  const directories = (process.env['PATH'] ?? '').split(path.delimiter);
  const found = directories.map((dir) => path.join(dir, 'redis-server')).find((file) => fs.existsSync(file));
  return found === undefined ? undefined : { command: found, env: {} };
}

function unpacked(): RedisServerProgram | undefined {
  // Debian's redis-server is a link to redis-check-rdb, which behaves after its name.
  const command = path.join(CACHE, 'usr/bin/redis-server');
  if (!fs.existsSync(command)) return undefined;
  const libraries = fs.readdirSync(path.join(CACHE, 'usr/lib')).map((name) => path.join(CACHE, 'usr/lib', name));
  return { command, env: { LD_LIBRARY_PATH: libraries.join(':') } };
}

function unpack(): RedisServerProgram {
  console.info('redis-server is missing; unpacking Debian’s under node_modules/.cache/holdfast/redis …');
  const fresh = `${CACHE}.${process.pid}.new`;
  fs.mkdirSync(fresh, { recursive: true });
  try {
    execFileSync('apt-get', ['download', ...DEBIAN_PACKAGES], { cwd: fresh, stdio: ['ignore', 'ignore', 'pipe'] });
    for (const name of fs.readdirSync(fresh).filter((file) => file.endsWith('.deb'))) {
      execFileSync('dpkg', ['-x', name, '.'], { cwd: fresh });
      fs.rmSync(path.join(fresh, name));
    }
    fs.renameSync(fresh, CACHE);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new Error(`There is no redis-server and apt-get could not fetch one (${reason}). ${HOW_TO_GET_ONE}`, {
      cause: error,
    });
  } finally {
    fs.rmSync(fresh, { recursive: true, force: true });
  }
  const program = unpacked();
  if (!program) throw new Error(`Debian’s packages had no redis-server. ${HOW_TO_GET_ONE}`);
  return program;
}
