import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { createTestDatabase, type TestDatabase } from '../support/database';

const MAIN = path.resolve(__dirname, '../../dist/src/main.js');

describe('A start that cannot succeed', () => {
  let dataDir: string;
  let database: TestDatabase;

  beforeAll(async () => {
    dataDir = fs.mkdtempSync('/tmp/holdfast-start-');
    database = await createTestDatabase();
  });

  afterAll(async () => {
    fs.rmSync(dataDir, { recursive: true, force: true });
    await database?.drop();
  });

  /** Runs the server until it gives up. */
  async function start(env: Record<string, string>): Promise<{ code: number; lines: string[] }> {
    const defaults = { PORT: '0', WS_TERMINAL_PORT: '0', WS_CLAUDE_PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'silent' };
    const child = spawn(process.execPath, [MAIN], {
      cwd: dataDir,
      env: { PATH: process.env['PATH'], DATABASE_URL: database.url, ...defaults, ...env },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    return { code, lines: output.trimEnd().split('\n') };
  }

  it('lists every problem of the configuration', async () => {
    const { code, lines } = await start({ PORT: 'x', LOG_LEVEL: 'loud', REDIS_URL: 'ftp://x' });
    expect(code).toBe(1);
    expect(lines.map((line) => line.trim().split(' ')[0])).toEqual(['The', 'PORT', 'REDIS_URL', 'LOG_LEVEL']);
  });

  it('says in one line that a port is in use', async () => {
    const squatter = net.createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as net.AddressInfo;
    const { code, lines } = await start({ PORT: String(port) });
    squatter.close();
    expect({ code, lines }).toEqual({
      code: 1,
      lines: [`Port ${port} on 127.0.0.1 is in use; end what uses it or set PORT to another one.`],
    });
  });

  it('says in one line that the data directory cannot be written', async () => {
    const file = path.join(dataDir, 'file');
    fs.writeFileSync(file, '');
    const { code, lines } = await start({ DATA_DIR: path.join(file, 'data') });
    expect({ code, count: lines.length }).toEqual({ code: 1, count: 1 });
    expect(lines[0]).toContain(`The data directory ${file}/data cannot be written`);
  });

  it('says in one line that two ports are the same, and starts no PTY host', async () => {
    const squatter = net.createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as net.AddressInfo;
    await new Promise((resolve) => squatter.close(resolve));
    const fresh = path.join(dataDir, 'fresh');
    const { code, lines } = await start({ PORT: String(port), WS_CLAUDE_PORT: String(port), DATA_DIR: fresh });
    expect({ code, count: lines.length }).toEqual({ code: 1, count: 1 });
    expect(lines[0]).toContain('set WS_CLAUDE_PORT to another one');
    expect(fs.readdirSync(fresh)).toEqual([]);
  });

  it.each(['/proc/holdfast/data', `/tmp/${'long'.repeat(30)}`])(
    'says in one line that DATA_DIR cannot be %s',
    async (dir) => {
      const { code, lines } = await start({ DATA_DIR: dir });
      fs.rmSync(dir, { recursive: true, force: true });
      expect({ code, count: lines.length }).toEqual({ code: 1, count: 1 });
      expect(lines[0]).toContain(dir);
    },
  );

  it('says in one line that the user of the shells does not exist', async () => {
    const { code, lines } = await start({ SHELL_USER: 'nobody-of-that-name' });
    expect({ code, lines }).toEqual({
      code: 1,
      lines: ['SHELL_USER names "nobody-of-that-name", and this system has no such user.'],
    });
  });

  it('says in one line, without the password, that the database cannot be used', async () => {
    const url = new URL(database.url);
    url.password = 'wrong-s3cret';
    const { code, lines } = await start({ DATABASE_URL: url.href });
    expect({ code, count: lines.length }).toEqual({ code: 1, count: 1 });
    expect(lines[0]).toMatch(/^PostgreSQL at .* cannot be used \(password authentication failed .*DATABASE_URL/);
    expect(lines[0]).not.toContain('s3cret');
  });
});
