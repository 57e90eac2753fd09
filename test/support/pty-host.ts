import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { CircuitBreaker } from '../../src/circuit-breaker/circuit-breaker';
import { SystemClock } from '../../src/kernel/clock';
import { HostProcess } from '../../src/pty-client/host-process';
import { PtyHostClient } from '../../src/pty-client/pty-host-client';
import type { HostRequests, HostSession, Launch } from '../../src/pty-host/wire/host-messages';
import { eventually } from './eventually';
import { ROOT } from './root';
import { TestAttachment, type TestAttachmentOptions } from './test-attachment';

const KEEPER = path.join(ROOT, 'dist/src/pty-host/keeper/main.js');
const BREAKER = { threshold: 5, windowMs: 60_000, resetTimeoutMs: 30_000 };
const PATH = '/usr/local/bin:/usr/bin:/bin';

/** A PTY host of a test: real keeper, real broker, real shells, in a directory of its own. */
export class TestPtyHost {
  /** Under /tmp, because the path of a Unix socket is short. */
  readonly dataDirectory = fs.mkdtempSync('/tmp/hf-host-');
  readonly client: PtyHostClient;
  private readonly process: HostProcess;
  private readonly sessionIds = new Set<string>();
  private readonly hostPids = new Set<number>();
  private readonly attachments: TestAttachment[] = [];

  private constructor() {
    this.process = new HostProcess(this.dataDirectory, KEEPER);
    this.client = new PtyHostClient(this.process, new CircuitBreaker('pty-host', BREAKER, new SystemClock()));
    this.client.events.on('connected', ({ pid, keeperPid }) => this.hostPids.add(pid).add(keeperPid));
  }

  static async start(): Promise<TestPtyHost> {
    const host = new TestPtyHost();
    host.client.open();
    await host.client.ready();
    return host;
  }

  get socketPath(): string {
    return this.process.socketPath;
  }

  get directory(): string {
    return this.process.directory;
  }

  get brokerPid(): number {
    return this.identity.pid;
  }

  get keeperPid(): number {
    return this.identity.keeperPid;
  }

  get generation(): number {
    return this.identity.generation;
  }

  /** A path inside the test's directory. */
  file(name: string): string {
    return path.join(this.dataDirectory, name);
  }

  newSessionId(): string {
    const sessionId = `session_${randomUUID()}`;
    this.sessionIds.add(sessionId);
    return sessionId;
  }

  async create(
    program: string,
    args: readonly string[] = [],
    change: Partial<HostRequests['create']['body']> = {},
  ): Promise<HostSession> {
    const { session } = await this.client.request('create', { ...this.createRequest(program, args), ...change });
    return session;
  }

  createRequest(program: string, args: readonly string[] = []): HostRequests['create']['body'] {
    const launch: Launch = { program, args, cwd: '/tmp', env: { PATH, TERM: 'xterm-256color', HOME: '/tmp' } };
    return { sessionId: this.newSessionId(), launch, cols: 80, rows: 24, transcriptBytes: 16 * 1024 * 1024 };
  }

  /** A session that runs a shell script. */
  script(text: string, change: Partial<HostRequests['create']['body']> = {}): Promise<HostSession> {
    return this.create('/bin/bash', ['--norc', '--noprofile', '-c', text], change);
  }

  /** Attached, from the first byte unless told otherwise. */
  async attach(session: HostSession, options: TestAttachmentOptions = {}): Promise<TestAttachment> {
    const attachment = new TestAttachment(this.client, session.sessionId, {
      epoch: session.epoch,
      offset: 0,
      ...options,
    });
    this.attachments.push(attachment);
    await attachment.whenAttached();
    return attachment;
  }

  async info(sessionId: string): Promise<HostSession> {
    return (await this.client.request('info', { sessionId })).session;
  }

  /** Resolves once another broker than `before` answers. */
  async nextBroker(before: number): Promise<void> {
    await eventually(async () => {
      await this.client.ready();
      if (this.brokerPid === before) throw new Error(`still broker ${before}`);
    });
  }

  /** As the end of the machine does: keeper and broker are gone at once. Resolves once the next ones answer. */
  async lose(meanwhile: () => void = () => undefined): Promise<void> {
    const { keeperPid, brokerPid } = this;
    kill(keeperPid, 'SIGKILL');
    kill(brokerPid, 'SIGKILL');
    meanwhile();
    await this.nextBroker(brokerPid);
  }

  /** Pids of all processes that carry the mark of one of this host's sessions. */
  leftovers(sessionIds: Iterable<string> = this.sessionIds): number[] {
    const marks = [...sessionIds].map((sessionId) => `HOLDFAST_SESSION_ID=${sessionId}\0`);
    return fs
      .readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && marks.some((mark) => environmentOf(name).includes(mark)))
      .map(Number);
  }

  /** Ends every process that was started here, by its pid. */
  async stop(): Promise<void> {
    for (const attachment of this.attachments) attachment.detach();
    this.client.close();
    // Also of a host that never answered.
    const keeper = path.join(this.directory, 'keeper.pid');
    if (fs.existsSync(keeper)) this.hostPids.add(Number(fs.readFileSync(keeper, 'utf8')));
    for (const pid of this.hostPids) kill(pid, 'SIGCONT');
    for (const pid of this.hostPids) kill(pid, 'SIGTERM');
    await eventually(() => {
      if ([...this.hostPids].some(isAlive)) throw new Error('the host is still there');
    }, 8_000).catch(() => {
      for (const pid of this.hostPids) kill(pid, 'SIGKILL');
    });
    for (const pid of this.leftovers()) kill(pid, 'SIGKILL');
    fs.rmSync(this.dataDirectory, { recursive: true, force: true });
  }

  private get identity(): HostRequests['hello']['answer'] {
    const { identity } = this.client;
    if (!identity) throw new Error('not connected to the PTY host');
    return identity;
  }
}

/** Not gone and not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat[stat.lastIndexOf(')') + 2] !== 'Z';
  } catch {
    return false;
  }
}

export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Already gone.
  }
}

function environmentOf(pid: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}
