import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createTestDatabase, type TestDatabase } from './database';
import { eventually } from './eventually';
import { TestGateways } from './gateways';
import { ROOT } from './root';

const MAIN = path.join(ROOT, 'dist/src/main.js');
const SUPERVISOR = path.join(ROOT, 'dist/src/supervisor/main.js');
const ADMIN = { email: 'admin@holdfast.local', password: 'correct horse battery staple' };
/** A loaded machine boots two gateways in a minute. */
const START_PATIENCE_MS = 90_000;
/** Without anybody's start-up files: a shell that is killed while it runs them may leave locks behind. */
const SHELL = '#!/bin/sh\nexec /bin/bash --noprofile --norc\n';

export interface Endpoints {
  readonly scheme: 'http' | 'https';
  readonly http: number;
  readonly terminal: number;
  readonly claude: number;
  readonly pid: number;
}

export interface TestServerOptions {
  /** As `npm start` runs it: a supervisor with the ports, a gateway, a warm spare. Otherwise the gateway alone. */
  readonly supervised?: boolean;
  /** Gets the data directory before anything runs in it; what it returns is called when nothing runs in it any more. */
  readonly prepare?: (dataDir: string) => () => void;
  /** Another program that runs the gateway, whose compiled main it gets as its argument. */
  readonly program?: string;
}

/** A server as a user runs it, with a PTY host and a database of its own. */
export class TestServer {
  private child: ChildProcess | undefined;
  private current: Endpoints | undefined;
  private output = '';

  private constructor(
    readonly dataDir: string,
    private readonly database: TestDatabase,
    private readonly env: Readonly<Record<string, string>>,
    private readonly options: TestServerOptions,
    private readonly undoPreparation: () => void = () => undefined,
  ) {}

  static async start(env: Readonly<Record<string, string>> = {}, options: TestServerOptions = {}): Promise<TestServer> {
    // Short, because the path of a Unix socket is.
    const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'hf-'));
    const undo = options.prepare?.(dataDir);
    const server = new TestServer(dataDir, await createTestDatabase(), env, options, undo);
    try {
      await server.run();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  readonly admin = ADMIN;

  get endpoints(): Endpoints {
    if (!this.current) throw new Error('the server is not running');
    return this.current;
  }

  get baseUrl(): string {
    return `${this.endpoints.scheme}://127.0.0.1:${this.endpoints.http}`;
  }

  /** Of the database this server works with. */
  get databaseUrl(): string {
    return this.env['DATABASE_URL'] ?? this.database.url;
  }

  get terminalUrl(): string {
    const { scheme, terminal } = this.endpoints;
    return `${scheme.replace('http', 'ws')}://127.0.0.1:${terminal}/`;
  }

  get claudeUrl(): string {
    const { scheme, claude } = this.endpoints;
    return `${scheme.replace('http', 'ws')}://127.0.0.1:${claude}/`;
  }

  /** Everything the process printed, for assertions about it and for a failing test. */
  get log(): string {
    return this.output;
  }

  /** The gateways of a supervised server. */
  get gateways(): TestGateways {
    if (!this.options.supervised) throw new Error('only a supervised server has several gateways');
    return new TestGateways(this.dataDir, this.endpoints.pid);
  }

  /** Starts the server; after a kill it gets the same ports again, as an installation has. */
  async run(): Promise<void> {
    const { http = 0, terminal = 0, claude = 0 } = this.current ?? {};
    const child = spawn(process.execPath, this.command, {
      cwd: this.dataDir,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        DATA_DIR: this.dataDir,
        DATABASE_URL: this.database.url,
        DATABASE_POOL_SIZE: '10',
        ADMIN_EMAIL: ADMIN.email,
        ADMIN_PASSWORD: ADMIN.password,
        PORT: String(http),
        WS_TERMINAL_PORT: String(terminal),
        WS_CLAUDE_PORT: String(claude),
        SHELL_PROGRAM: this.shell,
        // What is confined is not what these suites are about; those in test/security set their own.
        TERMINAL_LAUNCHER: 'direct',
        // Suites that are about the limit set their own.
        SESSION_MAX_PER_PROJECT: '1000',
        // Most tests have clients that do not move: nobody waits for them for long.
        DRAIN_TIMEOUT_MS: '200',
        LOG_LEVEL: 'warn',
        ...this.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    let exited = false;
    child.once('exit', () => (exited = true));
    await eventually(() => {
      if (exited) throw new Error(`The server ended:\n${this.output}`);
      const endpoints = JSON.parse(fs.readFileSync(path.join(this.dataDir, 'endpoints.json'), 'utf8')) as Endpoints;
      if (endpoints.pid !== child.pid) throw new Error('The endpoints are of an earlier process.');
      this.current = endpoints;
    }, START_PATIENCE_MS).catch((error: Error) => {
      throw new Error(`The server did not start: ${error.message}\n${this.output}`);
    });
  }

  /** As a crash or `kill -9` ends it. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  /** What the server was started as. */
  get pid(): number {
    return this.endpoints.pid;
  }

  get brokerPid(): number {
    const pid = Number(readOr(path.join(this.hostDirectory, 'broker.pid'), ''));
    // Until its successor serves, the file names the one before.
    if (pid && readOr(`/proc/${pid}/cmdline`, '').includes('/broker/main.js')) return pid;
    throw new Error('no broker runs');
  }

  get keeperPid(): number {
    return Number(fs.readFileSync(path.join(this.hostDirectory, 'keeper.pid'), 'utf8'));
  }

  /** As the end of the machine does: keeper and broker are gone at once. Shells get SIGHUP. */
  loseHost(): void {
    const { keeperPid, brokerPid } = this;
    process.kill(keeperPid, 'SIGKILL');
    process.kill(brokerPid, 'SIGKILL');
  }

  /** Ends the gateway, the PTY host with its shells, and the database. */
  async stop(): Promise<void> {
    await this.kill('SIGTERM');
    await this.stopHost();
    await this.database.drop();
    this.undoPreparation();
    fs.rmSync(this.dataDir, { recursive: true, force: true });
  }

  private async stopHost(): Promise<void> {
    const file = path.join(this.hostDirectory, 'keeper.pid');
    if (!fs.existsSync(file)) return;
    const pid = this.keeperPid;
    const command = (): string => readOr(`/proc/${pid}/cmdline`, '');
    if (!command().includes(this.hostDirectory)) return;
    process.kill(pid, 'SIGTERM');
    await eventually(() => {
      if (command().includes(this.hostDirectory)) throw new Error('The keeper still runs.');
    });
  }

  private get command(): string[] {
    const { supervised, program } = this.options;
    if (program !== undefined) return [program, MAIN];
    return [supervised ? SUPERVISOR : MAIN];
  }

  private get shell(): string {
    const file = path.join(this.dataDir, 'shell');
    if (!fs.existsSync(file)) fs.writeFileSync(file, SHELL, { mode: 0o755 });
    return file;
  }

  private get hostDirectory(): string {
    return path.join(this.dataDir, 'host');
  }
}

/** A server for suites that only need one. */
export function startServer(env?: Readonly<Record<string, string>>, options?: TestServerOptions): Promise<TestServer> {
  return TestServer.start(env, options);
}

function readOr(file: string, otherwise: string): string {
  try {
    return fs.readFileSync(file, 'utf8').replaceAll('\0', ' ');
  } catch {
    return otherwise;
  }
}
