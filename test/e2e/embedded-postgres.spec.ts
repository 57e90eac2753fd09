import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { EmbeddedPostgres } from '../../src/infrastructure/embedded-postgres/embedded-postgres';
import { eventually } from '../support/eventually';
import { runTypeScript } from '../support/run-typescript';

describe('EmbeddedPostgres', () => {
  let root: string;
  let servers: EmbeddedPostgres[] = [];

  beforeEach(() => {
    root = fs.mkdtempSync('/tmp/holdfast-pg-');
    fs.chmodSync(root, 0o711);
  });

  afterEach(async () => {
    for (const server of servers) await server.stop();
    servers = [];
    fs.rmSync(root, { recursive: true, force: true });
  });

  async function start(dir = path.join(root, 'pg')): Promise<EmbeddedPostgres> {
    const server = await EmbeddedPostgres.start({ dir });
    servers.push(server);
    return server;
  }

  async function query(server: EmbeddedPostgres, sql: string): Promise<unknown[]> {
    const client = new Client({ connectionString: server.url() });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows.map((row) => Object.values(row)[0]);
    } finally {
      await client.end();
    }
  }

  it('keeps its data over a stop and a start', async () => {
    const first = await start();
    await query(first, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    expect(first.state()).toEqual({ phase: 'absent' });
    await expect(query(await start(), 'SELECT answer FROM kept')).resolves.toEqual([42]);
  });

  it('listens on no TCP port and lets nobody else look at its files', async () => {
    const server = await start();
    await expect(query(server, 'SHOW listen_addresses')).resolves.toEqual(['']);
    expect(fs.statSync(path.join(root, 'pg')).mode & 0o777).toBe(0o700);
    expect(fs.statSync(path.join(root, 'pg/socket')).mode & 0o777).toBe(0o700);
  });

  it('adopts a live server and leaves it running for the one who started it', async () => {
    const owner = await start();
    const guest = await start();
    expect(guest.state()).toEqual(owner.state());
    await guest.stop();
    await expect(query(owner, 'SELECT 1')).resolves.toEqual([1]);
  });

  it('starts once when two processes begin on an empty directory', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    expect(one.url()).toBe(two.url());
    await expect(query(two, 'SELECT 1')).resolves.toEqual([1]);
  });

  it('is started again after its postmaster was killed', async () => {
    const server = await start();
    await query(server, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const before = server.state();
    if (before.phase === 'absent') throw new Error('not running');
    process.kill(before.pid, 'SIGKILL');
    await eventually(async () => {
      const now = server.state();
      expect(now.phase).toBe('ready');
      expect(now).not.toEqual(before);
      expect(await query(server, 'SELECT answer FROM kept')).toEqual([42]);
    });
  });

  it('ends with a process that was killed, and the next one starts on the same data', async () => {
    const dir = path.join(root, 'pg');
    const holder = runTypeScript(path.resolve(__dirname, '../support/programs/hold-postgres.ts'), [dir]);
    const [url] = (await once(holder.stdout ?? process.stdin, 'data')) as [Buffer];
    const client = new Client({ connectionString: String(url).trim() });
    client.on('error', () => undefined);
    await client.connect();
    const lost = new Promise((resolve) => client.once('end', resolve));
    await client.query('CREATE TABLE kept AS SELECT 42 AS answer');
    holder.kill('SIGKILL');
    await lost;
    await expect(query(await start(dir), 'SELECT answer FROM kept')).resolves.toEqual([42]);
  });

  it('puts its socket where the path is short enough when the directory is deep', async () => {
    const deep = path.join(root, 'd'.repeat(60), 'e'.repeat(60));
    fs.mkdirSync(deep, { recursive: true });
    await expect(query(await start(path.join(deep, 'pg')), 'SELECT 1')).resolves.toEqual([1]);
  });
});
