import { randomUUID } from 'node:crypto';
import { Api } from '../api';
import { inDatabase } from '../audit';
import { TestServer } from '../server';
import { WireClient } from '../wire-client';
import type { Role } from './route-table';

type User = Exclude<Role, 'anonymous' | 'unenrolled'>;

/** Thousands of calls come from one address, and are about something else. */
const UNLIMITED = {
  RATE_REQUESTS_PER_ADDRESS: '1000',
  RATE_REQUESTS_PER_USER: '1000',
  RATE_LOGINS_PER_ADDRESS: '10000',
};

const CONFIRM_AGAIN_MS = 120_000;

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** A server, people with different rights in one project, and a session in it. */
export class World {
  readonly project = 'shared-project';
  readonly nodeName = 'the-node';
  readonly credentials: Record<User | 'second', Credentials>;
  readonly ids: Record<User | 'second', string>;
  session = '';
  private api: Api | undefined;
  private confirmed: { readonly api: Api; readonly at: number } | undefined;

  private constructor(
    readonly server: TestServer,
    private readonly admin: Api,
  ) {
    const person = (name: string): Credentials => ({
      email: `${name}@test.local`,
      password: `the password of ${name}`,
    });
    this.credentials = {
      admin: server.admin,
      member: person('member'),
      stranger: person('stranger'),
      viewer: person('viewer'),
      second: person('second'),
    };
    this.ids = { admin: '', member: '', stranger: '', viewer: '', second: '' };
  }

  static async start(env: Readonly<Record<string, string>> = {}): Promise<World> {
    const server = await TestServer.start({ NODE_NAME: 'the-node', ...UNLIMITED, ...env });
    const world = new World(server, await Api.login(server));
    try {
      await world.people();
      await world.open();
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  login(who: User | 'second'): Promise<Api> {
    return Api.login(this.server, this.credentials[who]);
  }

  /** Who may make dangerous calls: a proof of identity counts for five minutes, and a suite on a busy machine takes longer. */
  async confirmedAdmin(): Promise<Api> {
    const now = performance.now();
    if (!this.confirmed || now - this.confirmed.at > CONFIRM_AGAIN_MS) {
      this.confirmed = { api: await this.loginAgain('admin'), at: now };
    }
    return this.confirmed.api;
  }

  freshEmail(): string {
    return `${randomUUID()}@test.local`;
  }

  /** One of the member's; the viewer may watch, the second one may type. */
  async freshProject(): Promise<string> {
    const id = `fresh-${randomUUID()}`;
    const member = await this.memberApi();
    await must(member.request('POST', '/api/projects', { id }));
    await must(member.request('PUT', `/api/projects/${id}/members/${this.ids.viewer}`, { role: 'viewer' }));
    await must(member.request('PUT', `/api/projects/${id}/members/${this.ids.second}`, { role: 'writer' }));
    return id;
  }

  /** One of the member's in the shared project, that runs. */
  async freshSession(): Promise<string> {
    const socket = await WireClient.connect(this.server.terminalUrl, (await this.memberApi()).token);
    const { sessionId } = await socket.open({ channel: 1, projectId: this.project });
    socket.terminate();
    return sessionId;
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  /** Some calls end the other logins of their user. */
  private async memberApi(): Promise<Api> {
    const isGood = this.api && (await this.api.request('GET', '/api/auth/me')).status === 200;
    return isGood && this.api ? this.api : (this.api = await this.loginAgain('member'));
  }

  /** Suites that spoil passwords lock accounts by it, which they are not about. */
  private async loginAgain(who: User): Promise<Api> {
    await inDatabase(this.server, (client) => client.query('DELETE FROM failed_attempts'));
    return this.login(who);
  }

  private async people(): Promise<void> {
    const me = await this.admin.request<{ id: string }>('GET', '/api/auth/me');
    this.ids.admin = me.body.id;
    for (const name of ['member', 'stranger', 'viewer', 'second'] as const) {
      const { id } = await must(this.admin.request<{ id: string }>('POST', '/api/admin/users', this.credentials[name]));
      this.ids[name] = id;
    }
  }

  private async open(): Promise<void> {
    const member = await this.memberApi();
    await must(member.request('POST', '/api/projects', { id: this.project }));
    await must(member.request('PUT', `/api/projects/${this.project}/members/${this.ids.viewer}`, { role: 'viewer' }));
    this.session = await this.freshSession();
  }
}

async function must<T>(call: Promise<{ readonly status: number; readonly body: T }>): Promise<T> {
  const { status, body } = await call;
  if (status >= 300) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body;
}
