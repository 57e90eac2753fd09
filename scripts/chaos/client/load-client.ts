import { createClient, fromWs, type Client, type Terminal } from '@holdfast/client';
import { TOKEN_END, type Flagged } from '../input-check';
import { Deliveries } from './deliveries';
import { Login } from './login';
import { monotonicMs, type ClientPauses, type ClientReport, type ClientStart, type ClientStatus } from './messages';
import { OutputCheck } from './output-check';
import { Sockets } from './sockets';

/** A fast typist strikes every 100 ms; this shows a pause five times as finely. */
const KEY_INTERVAL_MS = 20;
/** Every so many keys a longer piece, as a completed command line is. */
const LONG_KEY_EVERY = 10;
const LONG_KEY = ' a command line with its arguments';
/** Echoes start with this in the program's lines. */
const ECHO = 'e';

/** One terminal on the SDK as it is shipped, under load in both directions, and everything that is measured of it. */
export class LoadClient {
  private readonly sockets = new Sockets();
  private readonly login: Login;
  private readonly client: Client;
  private readonly terminal: Terminal;
  private readonly output = new OutputCheck(ECHO, (line) => this.onEcho(line));
  private readonly outputs = new Deliveries();
  private readonly echoes = new Deliveries();
  private readonly flagged: Flagged[] = [];
  private welcomes = 0;
  private welcomeAt = 0;
  private typed = '';
  private typedKey = 0;
  private echoedKey = 0;
  private keys: NodeJS.Timeout | undefined;
  private problem: string | undefined;

  constructor(private readonly start: ClientStart) {
    this.login = new Login(start);
    this.sockets.onUnauthorized = () => this.login.forget();
    this.client = createClient({
      url: start.webSocketUrl,
      credentials: { token: () => this.login.get() },
      createWebSocket: fromWs(this.sockets.WebSocket),
    });
    this.client.on('welcome', () => {
      this.welcomes++;
      this.welcomeAt = monotonicMs();
    });
    this.terminal = this.client.open({ projectId: 'default', cols: 80, rows: 24 });
    this.observe(this.terminal);
  }

  /** Resolves once the command was typed; the program says itself when it begins. */
  async begin(): Promise<string> {
    const { sessionId } = await this.terminal.ready;
    this.terminal.write(this.start.command);
    return sessionId;
  }

  status(): ClientStatus {
    return {
      state: this.client.state.name,
      begun: this.output.begun,
      ended: this.output.ended,
      outputBytes: this.output.bytes,
      typedKey: this.typedKey,
      echoedKey: this.echoedKey,
      welcomeAt: this.welcomeAt,
      outputAt: this.outputs.last ?? 0,
      echoAt: this.echoes.last ?? 0,
      reconnects: this.welcomes - 1,
      problem: this.problem,
    };
  }

  pauses(from: number): ClientPauses {
    const now = monotonicMs();
    return { outputMs: this.outputs.pauseSince(from, now), echoMs: this.echoes.pauseSince(from, now) };
  }

  quiet(): void {
    clearInterval(this.keys);
  }

  report(): ClientReport {
    return {
      outputBytes: this.output.bytes,
      outputSha256: this.output.digest(),
      doubledBytes: this.output.doubledBytes,
      missingLines: this.output.missingLines,
      typed: this.typed,
      flagged: this.flagged,
      reconnects: this.welcomes - 1,
      refused: this.sockets.refused,
      problem: this.problem,
    };
  }

  close(): Promise<void> {
    this.quiet();
    return this.client.close();
  }

  private observe(terminal: Terminal): void {
    terminal.onData((bytes, ack) => {
      const begun = this.output.begun;
      this.output.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
      this.outputs.add(monotonicMs());
      if (!begun && this.output.begun) this.startTyping();
      ack();
    });
    terminal.on('snapshot', ({ resume }) => this.fail(`a snapshot (${resume}) interrupted the stream`));
    terminal.on('unsent', (bytes) => this.fail(`${bytes.length} bytes of input were reported unsent`));
    terminal.on(
      'closed',
      ({ code, message }) => this.output.ended || this.fail(`the terminal was closed: ${code} ${message}`),
    );
    terminal.on('ambiguous', ({ from, to }) =>
      this.onAmbiguous(from - this.start.command.length, to - this.start.command.length),
    );
  }

  /** Told at every `opened` until the writer has typed on. */
  private onAmbiguous(from: number, to: number): void {
    if (!this.flagged.some((known) => known.from === from)) this.flagged.push({ from, to });
  }

  private startTyping(): void {
    this.keys = setInterval(() => this.type(), KEY_INTERVAL_MS);
  }

  private type(): void {
    const key = this.typedKey + 1;
    const token = `${key}${key % LONG_KEY_EVERY === 0 ? LONG_KEY : ''}${TOKEN_END}`;
    // Refused when a megabyte waits: a person stops typing long before.
    if (!this.terminal.write(token)) return;
    this.typedKey = key;
    this.typed += token;
  }

  private onEcho(line: string): void {
    const key = parseInt(line.slice(ECHO.length), 10);
    if (!(key > this.echoedKey)) return;
    this.echoedKey = key;
    this.echoes.add(monotonicMs());
  }

  private fail(problem: string): void {
    this.problem ??= problem;
  }
}
