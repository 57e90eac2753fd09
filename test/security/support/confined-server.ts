import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { Api } from '../../support/api';
import { type TestServer, type TestServerOptions, startServer } from '../../support/server';
import { WireClient } from '../../support/wire-client';
import { ConfinedShell } from './confined-shell';

/** In every secret of the server. */
export const MARK = 'HOLDFAST_SECRET_MARK_0123456789abcdef';
export const OTHER_PROJECT = 'others';
const OTHER = { email: 'mallory@holdfast.local', password: 'a password of another user' };

/** A server whose terminals are confined, with two users who have nothing in common and know where everything is. */
export class ConfinedServer {
  private readonly standIns: net.Server[] = [];
  private channels = 0;

  private constructor(
    readonly server: TestServer,
    readonly owner: Api,
    readonly other: Api,
    readonly client: WireClient,
    readonly otherClient: WireClient,
  ) {}

  static async start(env: Readonly<Record<string, string>>, options: TestServerOptions = {}): Promise<ConfinedServer> {
    const server = await startServer({ SHELL_PROGRAM: '/bin/bash', JWT_SECRET: MARK, ...env }, options);
    fs.writeFileSync(path.join(server.dataDir, '.env'), `JWT_SECRET=${MARK}\n`, { mode: 0o600 });
    const owner = await Api.login(server);
    await owner.request('POST', '/api/admin/users', { ...OTHER, role: 'user' });
    const other = await Api.login(server, OTHER);
    await other.request('POST', '/api/projects', { id: OTHER_PROJECT, name: 'Of somebody else' });
    const client = await WireClient.connect(server.terminalUrl, owner.token);
    const otherClient = await WireClient.connect(server.terminalUrl, other.token);
    return new ConfinedServer(server, owner, other, client, otherClient);
  }

  /** A terminal of the administrator, or of the other user in their own project. */
  shell(of: 'owner' | 'other' = 'owner'): Promise<ConfinedShell> {
    const isOwner = of === 'owner';
    return ConfinedShell.open(
      isOwner ? this.client : this.otherClient,
      ++this.channels,
      isOwner ? 'default' : OTHER_PROJECT,
    );
  }

  workspace(projectId: string): string {
    return path.join(this.server.dataDir, 'workspaces', projectId);
  }

  /** Gateway, keeper and broker. */
  get processes(): readonly number[] {
    return [this.server.pid, this.server.keeperPid, this.server.brokerPid];
  }

  /**
   * Everything attack.sh needs, in the workspace of the project: it knows all that an attacker could find out. What it would look
   * for on the network answers for real, on the ports it is told.
   */
  async prepareAttack(projectId = 'default'): Promise<void> {
    const { server } = this;
    const directory = path.join(this.workspace(projectId), 'attack');
    fs.mkdirSync(path.join(directory, 'mounted'), { recursive: true });
    fs.chmodSync(directory, 0o777);
    fs.copyFileSync(path.join(__dirname, 'attack.sh'), path.join(directory, 'attack.sh'));
    execFileSync('cc', ['-O1', '-w', '-o', path.join(directory, 'probe'), path.join(__dirname, 'probe.c')]);
    const otherWorkspace = this.workspace(OTHER_PROJECT);
    // Made when its first terminal starts.
    await this.shell('other');
    fs.writeFileSync(path.join(otherWorkspace, 'secret'), MARK);
    const facts = {
      MARK,
      SERVERS: this.processes.join(' '),
      DATA_DIR: server.dataDir,
      HOST_SOCKET: path.join(server.dataDir, 'host/host.sock'),
      API_PORT: server.endpoints.http,
      REDIS_PORT: await this.standIn(),
      PG_PORT: await this.standIn(),
      PG_SOCKET: path.join(postgresSocketDirectory(), '.s.PGSQL.5432'),
      OTHER_WORKSPACE: otherWorkspace,
    };
    const text = Object.entries(facts).map(([name, value]) => `${name}='${value}'\n`);
    fs.writeFileSync(path.join(directory, 'facts'), text.join(''));
    fs.chmodSync(path.join(directory, 'facts'), 0o644);
  }

  async stop(): Promise<void> {
    this.client.terminate();
    this.otherClient.terminate();
    for (const standIn of this.standIns) standIn.close();
    await this.server.stop();
  }

  private async standIn(): Promise<number> {
    const server = net.createServer((socket) => socket.on('error', () => undefined).end('ANSWERED\n'));
    this.standIns.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }
}

function postgresSocketDirectory(): string {
  const url = new URL(process.env['HOLDFAST_TEST_DATABASE_URL'] ?? '');
  return url.searchParams.get('host') ?? '/var/run/postgresql';
}
