import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { processEnvironment } from '../../config/process-environment';
import { eventually } from '../../test/support/eventually';
import { isAlive } from '../../test/support/pty-host';
import { TestServer, type TestServerOptions } from '../../test/support/server';
import { ClientProcess } from './client-process';
import { monotonicMs, type ClientReport, type ClientRequests, type ClientStatus } from './client/messages';
import { checkInput } from './input-check';
import { loadCommand, readPrinted, type LoadMode } from './load';
import { sum, type Measured } from './result';
import { PATIENCE_MS } from './row';

/** The login outlasts every row. */
const ENVIRONMENT = { ACCESS_TOKEN_TTL_SECONDS: '7200' };

export interface RigOptions {
  readonly load?: LoadMode;
  readonly env?: Readonly<Record<string, string>>;
  readonly supervised?: boolean;
  /** Started already, and stopped by whoever did that. */
  readonly server?: TestServer;
  /** Of the client process. */
  readonly clientEnv?: Readonly<Record<string, string>>;
  /** Where the client connects instead of to the server. */
  readonly webSocketUrl?: string;
}

/** A server that several rigs share. */
export function startServer(
  env: Readonly<Record<string, string>> = {},
  options?: TestServerOptions,
): Promise<TestServer> {
  return TestServer.start({ ...ENVIRONMENT, ...env }, options);
}

/** A server of its own, a terminal with a load program in it, and the client process that is its user. */
export class Rig {
  private constructor(
    readonly server: TestServer,
    private readonly ownsServer: boolean,
    private readonly client: ClientProcess<ClientRequests>,
    private readonly directory: string,
    readonly sessionId: string,
  ) {}

  static async start(options: RigOptions = {}): Promise<Rig> {
    const server = options.server ?? (await startServer(options.env, { supervised: options.supervised }));
    const client = new ClientProcess<ClientRequests>('client/main.js', {
      ...processEnvironment(),
      ...options.clientEnv,
    });
    try {
      const directory = fs.mkdtempSync('/tmp/hf-load-');
      const command = loadCommand(directory, options.load ?? 'typing');
      const webSocketUrl = options.webSocketUrl ?? server.terminalUrl;
      const { sessionId } = await client.ask('start', {
        webSocketUrl,
        baseUrl: server.baseUrl,
        ...server.admin,
        command,
      });
      const rig = new Rig(server, options.server === undefined, client, directory, sessionId);
      await rig.until('the load program to begin', ({ begun, echoedKey }) => begun && echoedKey > 0);
      return rig;
    } catch (error) {
      await client.stop();
      if (!options.server) await server.stop();
      throw error;
    }
  }

  status(): Promise<ClientStatus> {
    return this.client.ask('status', undefined);
  }

  /** Polls the client. */
  until(what: string, reached: (status: ClientStatus) => boolean, withinMs = PATIENCE_MS): Promise<ClientStatus> {
    return eventually(async () => {
      const status = await this.status();
      if (!reached(status)) throw new Error(`waited in vain for ${what}; the client says ${JSON.stringify(status)}`);
      return status;
    }, withinMs);
  }

  /** Keys that are typed from now on are answered and output comes: what was hurt works again. */
  async serves(withinMs?: number): Promise<void> {
    const since = monotonicMs();
    const { typedKey } = await this.status();
    await this.until(
      'an answer to a new key',
      ({ echoedKey, outputAt, state }) => state === 'online' && echoedKey > typedKey && outputAt > since,
      withinMs,
    );
  }

  /** The connection has been up for so long. */
  async connectedFor(ms: number): Promise<void> {
    await this.until(
      'a stable connection',
      ({ state, welcomeAt }) => state === 'online' && monotonicMs() - welcomeAt >= ms,
    );
  }

  /** It has another connection than when it had `reconnects` of them. */
  async reconnected(before: number): Promise<void> {
    await this.until('another connection', ({ reconnects, state }) => reconnects > before && state === 'online');
  }

  /** The longer one of the two pauses a user had since then: nothing shown, or no answer to keys. */
  async pauseSince(from: number): Promise<number> {
    const { outputMs, echoMs } = await this.client.ask('pauses', { from });
    return Math.max(outputMs, echoMs);
  }

  /** Ends the program and compares both streams to the last byte. */
  async verify(): Promise<Measured> {
    await this.client.ask('quiet', undefined);
    const problems: string[] = [];
    const note = (error: Error): void => void problems.push(error.message);
    await eventually(async () => this.expectInput(await this.report()), PATIENCE_MS).catch(note);
    fs.writeFileSync(path.join(this.directory, 'stop'), '');
    await this.until('the last line', ({ ended }) => ended).catch(note);
    const report = await this.report();
    const printed = readPrinted(this.directory);
    if (!printed) problems.push('the load program did not say what it printed');
    const input = checkInput(report.typed, this.received(), report.flagged);
    const arrivedBytes = report.outputBytes - report.doubledBytes;
    return sum([
      {
        outputBytes: printed?.bytes ?? 0,
        inputBytes: report.typed.length,
        outputExact: printed?.sha256 === report.outputSha256,
        inputExact: input.exact,
        lostBytes: Math.max(0, (printed?.bytes ?? 0) - arrivedBytes) + input.lostBytes,
        doubledBytes: report.doubledBytes + input.doubledBytes,
        flaggedWrites: report.flagged.length,
        largestFlaggedBytes: Math.max(0, ...report.flagged.map(({ from, to }) => to - from)),
        reconnects: report.reconnects,
        refused: report.refused,
        problems: report.problem ? [...problems, report.problem] : problems,
      },
    ]);
  }

  /** The viewer goes; the program runs on. */
  leave(): Promise<void> {
    return this.client.stop();
  }

  /** The program, whoever looks at it. */
  get isRunning(): boolean {
    return isAlive(Number(fs.readFileSync(path.join(this.directory, 'pid'), 'utf8')));
  }

  async stop(): Promise<void> {
    await this.client.stop();
    if (this.ownsServer) await this.server.stop();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  private report(): Promise<ClientReport> {
    return this.client.ask('report', undefined);
  }

  private expectInput({ typed, flagged }: ClientReport): void {
    const received = this.received();
    if (checkInput(typed, received, flagged).exact) return;
    const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
    throw new Error(
      `the program read ${received.length} bytes (${hash(received)}) of the ${typed.length} (${hash(typed)}) that were typed`,
    );
  }

  private received(): string {
    return fs.readFileSync(path.join(this.directory, 'typed'), 'latin1');
  }
}
