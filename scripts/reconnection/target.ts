import { createClient, fromWs, systemTimers, type Client, type OpenOptions, type Terminal } from '@holdfast/client';
import { WebSocket } from 'ws';
import type { Options } from './options';

const POLL_MS = 10;
/** For one answer of a server under test, also a busy one. */
const PATIENCE_MS = 30_000;

/** The server under test, through the SDK and its REST API. */
export class Target {
  private constructor(
    private readonly options: Options,
    private readonly token: string,
  ) {}

  static async login(options: Options): Promise<Target> {
    if (options.token !== undefined) return new Target(options, options.token);
    const response = await fetch(`${options.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: options.email, password: options.password }),
    });
    const body = (await response.json()) as { accessToken?: string; message?: string };
    if (body.accessToken === undefined) throw new Error(`The login was refused: ${body.message ?? response.status}`);
    return new Target(options, body.accessToken);
  }

  async request(method: string, path: string): Promise<Response> {
    return fetch(this.options.url + path, { method, headers: { authorization: `Bearer ${this.token}` } });
  }

  async json<T>(path: string): Promise<T> {
    const response = await this.request('GET', path);
    if (!response.ok) throw new Error(`GET ${path} was answered with ${response.status}.`);
    return (await response.json()) as T;
  }

  connect(): Connection {
    return new Connection(this.options.url.replace(/^http/, 'ws') + '/ws/terminal', this.token, this.options.projectId);
  }

  /** Ends the process, then removes the record. */
  async remove(sessionId: string): Promise<void> {
    await this.request('DELETE', `/api/sessions/${sessionId}`);
    const running = async (): Promise<boolean> => {
      const response = await this.request('GET', `/api/sessions/${sessionId}`);
      return response.ok && ((await response.json()) as { status: string }).status !== 'ended';
    };
    for (const deadline = performance.now() + PATIENCE_MS; (await running()) && performance.now() < deadline;) {
      await pause(POLL_MS * 10);
    }
    await this.request('DELETE', `/api/sessions/${sessionId}`);
  }
}

/** One SDK client whose connection can be cut as a network does it. */
export class Connection {
  readonly client: Client;
  private latest: WebSocket | undefined;

  constructor(
    url: string,
    token: string,
    private readonly projectId: string,
  ) {
    const keep = (socket: WebSocket): void => void (this.latest = socket);
    class Observed extends WebSocket {
      constructor(...args: ConstructorParameters<typeof WebSocket>) {
        super(...args);
        keep(this);
      }
    }
    this.client = createClient({
      url,
      credentials: { token: () => Promise.resolve(token) },
      createWebSocket: fromWs(Observed),
      timers: systemTimers,
    });
  }

  cut(): void {
    this.latest?.terminate();
  }

  open(options: Partial<OpenOptions> = {}): Screen {
    return new Screen(this.client.open({ projectId: this.projectId, cols: 120, rows: 30, ...options }));
  }
}

/** The most of its output that a screen looks back at. */
const MAX_SEEN_CHARACTERS = 4 * 1024 * 1024;

/** A terminal and what it showed. */
export class Screen {
  seen = '';
  opened = 0;

  constructor(readonly terminal: Terminal) {
    const decoder = new TextDecoder();
    terminal.on('opened', () => (this.opened += 1));
    terminal.onData((bytes, ack) => {
      this.seen = (this.seen + decoder.decode(bytes, { stream: true })).slice(-MAX_SEEN_CHARACTERS);
      ack();
    });
    // A screen is not a stream: what it shows is not looked at.
    terminal.on('snapshot', ({ ack }) => ack());
  }

  async until(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    let found: RegExpExecArray | null = null;
    await until(() => (found = pattern.exec(this.seen.slice(from))) !== null, `the terminal shows ${pattern.source}`);
    return found as unknown as RegExpExecArray;
  }
}

export async function until(holds: () => boolean, what: string): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; !holds();) {
    if (performance.now() > deadline) throw new Error(`Waited 30 s in vain until ${what}.`);
    await pause(POLL_MS);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
