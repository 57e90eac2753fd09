import { createClient, fromWs, systemTimers, type Client, type OpenOptions, type Terminal } from '@holdfast/client';
import { WebSocket } from 'ws';
import { RestApi } from '../tools/rest-api';
import type { Options } from './options';

const POLL_MS = 10;
/** For one answer of a server under test, also a busy one. */
const PATIENCE_MS = 30_000;

/** The server under test, through the SDK and its REST API. */
export class Target {
  private constructor(
    private readonly api: RestApi,
    private readonly projectId: string,
  ) {}

  static async login({ url, credentials, projectId }: Options): Promise<Target> {
    return new Target(await RestApi.login(url, credentials), projectId);
  }

  json<T>(path: string): Promise<T> {
    return this.api.json(path);
  }

  connect(): Connection {
    return new Connection(this.api.url.replace(/^http/, 'ws') + '/ws/terminal', this.api.token, this.projectId);
  }

  /** Ends the process, then removes the record. */
  remove(sessionId: string): Promise<void> {
    return this.api.removeSession(sessionId);
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

  /** Resolves when the terminal is open again. It is tried at once, as it is when somebody presses a key. */
  async cut(screen: Screen): Promise<void> {
    const { opened } = screen;
    this.latest?.terminate();
    await until(() => {
      // Without it, cuts in a row would measure the client's ladder of waits.
      this.client.retryNow();
      return screen.opened > opened;
    }, 'the terminal is open again');
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
