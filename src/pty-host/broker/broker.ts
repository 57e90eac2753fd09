import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { BrokerFd, type KeptSession } from '../keeper/keeper-messages';
import { peerCredentials } from '../native/libc';
import type { Pipe } from '../native/pipe-handle';
import { endProcesses } from '../processes/kill-ladder';
import { SESSION_MARK, sessionsWithProcesses } from '../processes/process-tree';
import { HOST_PROTOCOL, type HostOperation, type HostRequests, type HostSession } from '../wire/host-messages';
import { SESSIONS_DIRECTORY } from '../wire/host-paths';
import { HOST_BUILD } from '../wire/host-build';
import { Connection, type HostOperations } from './connection';
import { isDiskRefusal } from './disk-refusal';
import { HostRefusalError } from './host-refusal-error';
import { type KeeperLink, type KeeperInit } from './keeper-link';
import { SessionFiles } from './session-files';
import { Terminal, type TerminalContext } from './terminal';

const ACTIVITY_INTERVAL_MS = 250;
const EPOCH_BYTES = 8;
/** How long a broker that was told to end may take to write what only it has. */
const SHUTDOWN_LIMIT_MS = 1_000;
const MAX_READ_BYTES = 1024 * 1024;
/** Live terminals of one host: `kernel.pty.max` is 4,096 by default with 1,024 reserved. */
const MAX_LIVE_TERMINALS = 3_000;
/** Of one terminal: PTY master, transcript for writing and for reading, input ledger. */
const DESCRIPTORS_PER_TERMINAL = 4;
/** For gateways and for what Node itself opens. */
const DESCRIPTORS_RESERVED = 128;
/** Without a keeper nobody reports that a process ended. */
const ORPHAN_CHECK_MS = 500;

interface PendingSpawn {
  readonly done: Promise<HostSession>;
  readonly resolve: (session: HostSession) => void;
  readonly reject: (error: Error) => void;
}

type Handlers = {
  [K in HostOperation]?: (
    body: HostRequests[K]['body'],
  ) => Promise<HostRequests[K]['answer']> | HostRequests[K]['answer'];
};

/** All terminals of this host and the gateways attached to them. Crash-only: a restart is recovery is an upgrade. */
export class Broker implements HostOperations {
  private readonly terminals = new Map<string, Terminal>();
  private readonly spawning = new Map<string, PendingSpawn>();
  private readonly connections = new Set<Connection>();
  private readonly sessionsDirectory: string;
  private readonly maxLiveTerminals = maxLiveTerminals();
  private server: net.Server | undefined;
  private readonly context: TerminalContext = {
    now: Date.now,
    monotonic: () => performance.now(),
    broadcast: (event, data) => {
      for (const connection of this.connections) connection.broadcast(event, data);
    },
    release: (sessionId) => this.keeper.send({ type: 'release', sessionId }),
  };

  constructor(
    directory: string,
    private readonly keeper: KeeperLink,
    private readonly init: KeeperInit,
    private readonly log: (message: string) => void,
  ) {
    this.sessionsDirectory = path.join(directory, SESSIONS_DIRECTORY);
    fs.mkdirSync(this.sessionsDirectory, { recursive: true, mode: 0o700 });
  }

  /** Takes over every terminal the keeper holds, then accepts the gateways that wait in the backlog. */
  async start(): Promise<void> {
    this.recover();
    this.keeper.listen({
      onDescriptor: (session, fd) => this.onDescriptor(session, fd),
      onSpawnFailed: (sessionId, message) => this.onSpawnFailed(sessionId, message),
      onExit: (sessionId, exit) => {
        const terminal = this.terminals.get(sessionId);
        if (terminal) terminal.onProcessExit(exit);
        else this.context.release(sessionId);
      },
      onGone: () => this.onKeeperGone(),
    });
    const alive = this.init.sessions.map(({ sessionId }) => sessionId).filter((id) => !this.terminals.get(id)?.ended);
    await this.keeper.fetch(alive);
    // Ended, but the previous broker died before it said so.
    for (const { sessionId } of this.init.sessions)
      if (this.terminals.get(sessionId)?.ended) this.context.release(sessionId);
    this.buryLostTerminals();
    this.server = net.createServer((socket) => this.accept(socket));
    this.server.listen({ fd: BrokerFd.listener });
    setInterval(() => {
      for (const terminal of this.terminals.values()) terminal.reportActivity();
    }, ACTIVITY_INTERVAL_MS).unref();
    this.log(`generation ${this.init.generation} ready, pid ${process.pid}, ${this.terminals.size} sessions`);
  }

  /** What no keeper holds any more. Whatever still runs of an ended terminal was left by a broker that died on the way. */
  private buryLostTerminals(): void {
    for (const [sessionId, terminal] of this.terminals) {
      if (terminal.ended || terminal.isLive) continue;
      terminal.markLost();
      if (terminal.wasStarted) continue;
      // Its creation was never answered: who asks again gets a new one.
      void endProcesses(sessionId, () => ({ pid: -1 }));
      terminal.remove();
      this.terminals.delete(sessionId);
    }
    for (const sessionId of sessionsWithProcesses()) {
      const terminal = this.terminals.get(sessionId);
      if (terminal?.ended) terminal.endProcesses();
    }
  }

  /** Goes on alone for the terminals there are; then makes room for a new host. */
  private onKeeperGone(): void {
    this.log('the keeper is gone: existing terminals go on, new ones are refused');
    for (const { reject } of this.spawning.values()) reject(keeperGone());
    this.spawning.clear();
    setInterval(() => {
      for (const terminal of this.terminals.values()) terminal.checkProcess();
      if (![...this.terminals.values()].some((terminal) => terminal.isLive)) this.stop();
    }, ORPHAN_CHECK_MS);
  }

  /** SIGTERM: an upgrade. Nothing more is taken out of the PTYs; what is in memory is written. */
  stop(): void {
    this.server?.close();
    for (const terminal of this.terminals.values()) terminal.stopReading();
    const deadline = performance.now() + SHUTDOWN_LIMIT_MS;
    const leave = (): void => {
      const busy = [...this.terminals.values()].some((terminal) => terminal.busy);
      if (busy && performance.now() < deadline) setTimeout(leave, 2);
      else process.exit(0);
    };
    leave();
  }

  terminal(sessionId: string): Terminal {
    const terminal = this.terminals.get(sessionId);
    if (!terminal) throw new HostRefusalError('session_not_found', `The PTY host has no session ${sessionId}.`);
    return terminal;
  }

  perform<K extends HostOperation>(
    op: K,
    body: HostRequests[K]['body'],
  ): Promise<HostRequests[K]['answer']> | HostRequests[K]['answer'] {
    const handler = this.handlers[op];
    if (!handler) throw new HostRefusalError('bad_request', `Unknown operation ${String(op)}.`);
    return handler(body);
  }

  private readonly handlers: Handlers = {
    hello: ({ min, max }) => {
      const protocol = Math.min(max, HOST_PROTOCOL.max);
      if (protocol < min || protocol < HOST_PROTOCOL.min) {
        throw new HostRefusalError(
          'unsupported_protocol',
          `This host speaks versions ${HOST_PROTOCOL.min} to ${HOST_PROTOCOL.max}.`,
        );
      }
      const { incarnation, generation, keeperPid } = this.init;
      return { protocol, build: HOST_BUILD, incarnation, generation, pid: process.pid, keeperPid };
    },
    create: (body) => this.create(body),
    'resize-session': ({ sessionId, cols, rows }) => {
      this.terminal(sessionId).size.apply({ cols, rows });
      return {};
    },
    terminate: ({ sessionId, signal }) => {
      this.terminal(sessionId).terminate(signal);
      return {};
    },
    type: ({ sessionId, base64 }) => {
      const bytes = Buffer.from(base64, 'base64');
      return new Promise((resolve, reject) => {
        const refuse = (): void =>
          reject(new HostRefusalError('input_overflow', 'The program does not read its input, or it ended.'));
        const onDone = (written: boolean): void => (written ? resolve({ bytes: bytes.length }) : refuse());
        if (!this.terminal(sessionId).type(bytes, onDone)) refuse();
      });
    },
    'answer-query': ({ sessionId, queryEnd, base64 }) => ({
      taken: this.terminal(sessionId).answerQuery(queryEnd, Buffer.from(base64, 'base64')),
    }),
    info: ({ sessionId }) => this.terminal(sessionId).info(),
    read: ({ sessionId, from, max }) => this.terminal(sessionId).read(from, Math.min(max, MAX_READ_BYTES)),
    times: ({ sessionId, from, to }) => this.terminal(sessionId).times(from, to),
    list: () => ({ sessions: [...this.terminals.values()].map((terminal) => terminal.describe()) }),
    remove: ({ sessionId }) => {
      const terminal = this.terminal(sessionId);
      if (!terminal.ended) throw new HostRefusalError('conflict', 'The session is still running; terminate it first.');
      terminal.remove();
      this.terminals.delete(sessionId);
      return {};
    },
    stats: () => ({
      sessions: this.terminals.size,
      attachments: [...this.connections].reduce((sum, connection) => sum + connection.attachments, 0),
      rssBytes: process.memoryUsage.rss(),
      keeperRssBytes: residentBytes(this.init.keeperPid),
      keeperAlive: this.keeper.alive,
    }),
    roll: () => {
      setImmediate(() => this.stop());
      return {};
    },
    shutdown: () => {
      this.keeper.send({ type: 'shutdown' });
      return {};
    },
  };

  private async create(body: HostRequests['create']['body']): Promise<HostRequests['create']['answer']> {
    const { sessionId } = body;
    const pending = this.spawning.get(sessionId);
    if (pending) return { created: false, session: await pending.done };
    const existing = this.terminals.get(sessionId);
    if (existing) return { created: false, session: existing.describe() };
    return { created: true, session: await this.spawn(body) };
  }

  private spawn(body: HostRequests['create']['body']): Promise<HostSession> {
    const { sessionId, launch, cols, rows, transcriptBytes, labels } = body;
    if (!this.keeper.alive) throw keeperGone();
    const live = [...this.terminals.values()].filter((terminal) => !terminal.ended).length;
    if (live + this.spawning.size >= this.maxLiveTerminals) {
      throw new HostRefusalError(
        'session_limit',
        `This host runs ${live} terminals, which is its limit. End one first.`,
        {
          limit: 'terminals of this host',
          value: this.maxLiveTerminals,
          current: live,
        },
      );
    }
    const files = new SessionFiles(this.sessionsDirectory, sessionId);
    try {
      files.create({
        sessionId,
        epoch: randomBytes(EPOCH_BYTES).toString('hex'),
        incarnation: this.init.incarnation,
        createdAt: Date.now(),
        cols,
        rows,
        transcriptBytes,
        labels,
      });
    } catch (error) {
      if (!isDiskRefusal(error)) throw error;
      throw new HostRefusalError('disk_full', 'The disk of the PTY host is full; existing sessions go on.');
    }
    const pending = deferred<HostSession>();
    this.spawning.set(sessionId, pending);
    const marked = { ...launch, env: { ...launch.env, [SESSION_MARK]: sessionId } };
    this.keeper.send({ type: 'spawn', sessionId, launch: marked, cols, rows });
    return pending.done;
  }

  private onDescriptor(session: KeptSession, fd: number): void {
    const { sessionId, pid, exit } = session;
    const pending = this.spawning.get(sessionId);
    this.spawning.delete(sessionId);
    const terminal = this.openTerminal(sessionId);
    if (!terminal) return this.endUnknown(session, fd);
    terminal.adopt(fd, pid, exit);
    pending?.resolve(terminal.describe());
  }

  /** Its record is gone, so nobody can ever attach to it. */
  private endUnknown({ sessionId, pid, exit }: KeptSession, fd: number): void {
    fs.closeSync(fd);
    if (exit) this.context.release(sessionId);
    else void endProcesses(sessionId, () => ({ pid }));
  }

  private onSpawnFailed(sessionId: string, message: string): void {
    new SessionFiles(this.sessionsDirectory, sessionId).remove();
    this.spawning
      .get(sessionId)
      ?.reject(new HostRefusalError('launch_failed', `The process could not be started: ${message}`));
    this.spawning.delete(sessionId);
  }

  private recover(): void {
    for (const sessionId of SessionFiles.list(this.sessionsDirectory)) this.openTerminal(sessionId);
  }

  private openTerminal(sessionId: string): Terminal | undefined {
    const known = this.terminals.get(sessionId);
    if (known) return known;
    const files = new SessionFiles(this.sessionsDirectory, sessionId);
    const record = files.read();
    if (!record) return undefined;
    const terminal = new Terminal(record, files, this.context);
    this.terminals.set(sessionId, terminal);
    return terminal;
  }

  private accept(socket: net.Socket): void {
    const peer = peerCredentials((socket as unknown as Pipe)._handle.fd);
    if (peer.uid !== process.getuid?.() && peer.uid !== 0) {
      this.log(`refused a connection of uid ${peer.uid}, pid ${peer.pid}`);
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, this);
    this.connections.add(connection);
    socket.on('close', () => {
      this.connections.delete(connection);
      connection.close();
    });
  }
}

function keeperGone(): HostRefusalError {
  return new HostRefusalError('host_unavailable', 'The PTY keeper is gone; no new terminal can be made.');
}

/** As many as there are descriptors for: to run out of them in the middle would take every terminal down. */
function maxLiveTerminals(): number {
  const limit = /^Max open files\s+(\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'latin1'))?.[1];
  if (!limit) return MAX_LIVE_TERMINALS;
  return Math.min(MAX_LIVE_TERMINALS, Math.floor((Number(limit) - DESCRIPTORS_RESERVED) / DESCRIPTORS_PER_TERMINAL));
}

function deferred<T>(): { done: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const done = new Promise<T>((ok, fail) => {
    resolve = ok;
    reject = fail;
  });
  return { done, resolve, reject };
}

/** Resident memory of another process, 0 when it is gone. */
function residentBytes(pid: number): number {
  try {
    const pages = Number(fs.readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]);
    return pages * 4096;
  } catch {
    return 0;
  }
}
