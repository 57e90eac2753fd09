import { Api } from '../api';
import { person, type TestPerson } from '../people';
import { TestServer, type TestServerOptions } from '../server';
import { stubClaude } from './claude-programs';
import { FakeMessagesApi } from './fake-messages-api';

/** The key of the server. Nothing that a session can see may have it in it. */
export const SERVER_KEY = 'sk-ant-api03-HOLDFAST-TEST-KEY-0123456789abcdefghijklmnop';

export interface ClaudeServerOptions extends Omit<TestServerOptions, 'program'> {
  /** The CLI; the stub where none is named. */
  readonly claude?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A server whose Claude sessions run the stub, or the real CLI, against a fake of the Messages API. */
export class ClaudeServer {
  private constructor(
    readonly server: TestServer,
    readonly fake: FakeMessagesApi,
    readonly admin: Api,
  ) {}

  static async start({ claude = stubClaude(), env = {}, ...options }: ClaudeServerOptions = {}): Promise<ClaudeServer> {
    const fake = await FakeMessagesApi.start();
    const settings = { CLAUDE_BIN: claude, ANTHROPIC_BASE_URL: fake.url, ANTHROPIC_API_KEY: SERVER_KEY, ...env };
    try {
      const server = await TestServer.start(settings, options);
      return new ClaudeServer(server, fake, await Api.login(server));
    } catch (error) {
      await fake.stop();
      throw error;
    }
  }

  get url(): string {
    return this.server.claudeUrl;
  }

  /** Somebody with an account and a project of their own that is called like them. */
  async member(name: string): Promise<TestPerson> {
    const made = await person(this.server, this.admin, name);
    const { status, body } = await made.api.request('POST', '/api/projects', { id: name, name });
    if (status !== 201) throw new Error(`${name}: ${JSON.stringify(body)}`);
    return made;
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.fake.stop();
  }
}
