import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { loadConfig } from '../../config/environment';
import { openDatabase } from '../../src/infrastructure/database/open-database';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { eventually } from '../support/eventually';

/** In front of PostgreSQL: lets so many more connections through, and refuses the others. */
class Door {
  private readonly listener: net.Server;
  private readonly links = new Set<net.Socket>();
  private admits = Number.POSITIVE_INFINITY;

  constructor(socketFile: string) {
    this.listener = net.createServer((client) => {
      if (this.admits-- <= 0) return client.resetAndDestroy();
      const server = net.connect(socketFile);
      for (const socket of [client, server]) {
        this.links.add(socket);
        socket.on('error', () => undefined).once('close', () => [client, server].forEach((each) => each.destroy()));
      }
      client.pipe(server).pipe(client);
    });
  }

  async open(): Promise<number> {
    await new Promise<void>((resolve) => this.listener.listen(0, '127.0.0.1', resolve));
    return (this.listener.address() as net.AddressInfo).port;
  }

  admit(connections: number): void {
    this.admits = connections;
  }

  async close(): Promise<void> {
    for (const socket of this.links) socket.destroy();
    await new Promise((resolve) => this.listener.close(resolve));
  }
}

describe('The start of a gateway', () => {
  let database: TestDatabase;
  let door: Door;
  let dataDir: string;
  let url: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    const direct = new URL(database.url);
    door = new Door(path.join(direct.searchParams.get('host') ?? '', `.s.PGSQL.${direct.port}`));
    direct.search = '';
    direct.hostname = '127.0.0.1';
    direct.port = String(await door.open());
    url = direct.href;
    dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'hf-'));
  });

  afterAll(async () => {
    await door?.close();
    await database?.drop();
    fs.rmSync(dataDir, { recursive: true, force: true });
  });

  it.each([0, 1, 2])('goes on without a database that goes away after %d connections of it', async (connections) => {
    const config = loadConfig({ DATABASE_URL: url, DATA_DIR: dataDir });
    door.admit(Number.POSITIVE_INFINITY);
    await (await openDatabase(config)).close();

    door.admit(connections);
    const opened = await openDatabase(config);
    expect(opened.schema.isCurrent).toBe(false);

    door.admit(Number.POSITIVE_INFINITY);
    await eventually(() => expect(opened.schema.isCurrent).toBe(true));
    await opened.close();
  });
});
