import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { BrokerFd, type KeptSession } from '../keeper/keeper-messages';
import { peerCredentials } from '../native/libc';
import type { Pipe } from '../native/pipe-handle';
import { endProcesses } from '../processes/kill-ladder';
import { HOST_PROTOCOL, type HostOperation, type HostRequests } from '../wire/host-messages';
import { SESSIONS_DIRECTORY } from '../wire/host-paths';
import { HOST_BUILD } from '../wire/host-build';
import { Connection, type HostOperations } from './connection';
import { isDiskRefusal } from './disk-refusal';
import { HostRefusalError } from './host-refusal-error';
import { type KeeperLink, type KeeperInit } from './keeper-link';
import { buryLostTerminals } from './lost-terminals';
import { Sessions } from './sessions';
import { SignOfLife } from './sign-of-life';
import { Spawns } from './spawns';
import type { Terminal, TerminalContext } from './terminal';
import { TranscriptStore } from './transcript-store';

const ACTIVITY_INTERVAL_MS = 250;
/** How long a broker that was told to end may take to write what only it has. */
const SHUTDOWN_LIMIT_MS = 1_000;
const MAX_READ_BYTES = 1024 * 1024;
/** Without a keeper nobody reports that a process ended. */
const ORPHAN_CHECK_MS = 500;

type Handlers = {
  [K in HostOperation]?: (
    body: HostRequests[K]['body'],
  ) => Promise<HostRequests[K]['answer']> | HostRequests[K]['answer'];
};

/** All terminals of this host and the gateways attached to them. Crash-only: a restart is recovery is an upgrade. */
export class Broker implements HostOperations {
  private readonly sessions: Sessions;
  private readonly spawns: Spawns;
  private readonly signOfLife: SignOfLife;
  private readonly connections = new Set<Connection>();
  private server: net.Server | undefined;
  private readonly transcripts: TranscriptStore;
  private readonly context: TerminalContext;

  constructor(
    private readonly directory: string,
    private readonly keeper: KeeperLink,
    private readonly init: KeeperInit,
    private readonly log: (message: string) => void,
  ) {
    const clock = { now: Date.now, monotonic: () => performance.now() };
    this.transcripts = new TranscriptStore(clock, log);
    this.context = {
      ...clock,
      transcripts: this.transcripts,
      broadcast: (event, data) => {
        for (const connection of this.connections) connection.broadcast(event, data);
      },
      release: (sessionId) => keeper.send({ type: 'release', sessionId }),
    };
    const sessionsDirectory = path.join(directory, SESSIONS_DIRECTORY);
    fs.mkdirSync(sessionsDirectory, { recursive: true, mode: 0o700 });
    this.sessions = new Sessions(sessionsDirectory, this.context);
    this.spawns = new Spawns(this.sessions, keeper, init.incarnation);
    this.signOfLife = new SignOfLife(path.join(directory, 'alive'));
  }

  /** Takes over every terminal the keeper holds, then accepts the gateways that wait in the backlog. */
  async start(): Promise<void> {
    this.sessions.recover();
    this.keeper.listen({
      onDescriptor: (session, fd) => this.onDescriptor(session, fd),
      onSpawnFailed: (sessionId, message) => this.spawns.fail(sessionId, message),
      onExit: (sessionId, exit) => {
        const terminal = this.sessions.get(sessionId);
        if (terminal) terminal.onProcessExit(exit);
        else this.context.release(sessionId);
      },
      onGone: () => this.onKeeperGone(),
    });
    const alive = this.init.sessions.map(({ sessionId }) => sessionId).filter((id) => !this.sessions.get(id)?.ended);
    await this.keeper.fetch(alive);
    // Ended, but the previous broker died before it said so.
    for (const { sessionId } of this.init.sessions)
      if (this.sessions.get(sessionId)?.ended) this.context.release(sessionId);
    buryLostTerminals(this.sessions, this.signOfLife.previous);
    this.signOfLife.start();
    this.server = net.createServer((socket) => this.accept(socket));
    this.server.listen({ fd: BrokerFd.listener });
    setInterval(() => {
      for (const terminal of this.sessions.terminals) terminal.reportActivity();
      this.transcripts.tick();
    }, ACTIVITY_INTERVAL_MS).unref();
    this.log(`generation ${this.init.generation} ready, pid ${process.pid}, ${this.sessions.size} sessions`);
    this.writePid();
  }

  /** For people and tests: there are two brokers, and one of them only stands by. */
  private writePid(): void {
    try {
      fs.writeFileSync(path.join(this.directory, 'broker.pid'), String(process.pid), { mode: 0o600 });
    } catch (error) {
      if (!isDiskRefusal(error)) throw error;
    }
  }

  /** Goes on alone for the terminals there are; then makes room for a new host. */
  private onKeeperGone(): void {
    this.log('the keeper is gone: existing terminals go on, new ones are refused');
    this.spawns.onKeeperGone();
    setInterval(() => {
      for (const terminal of this.sessions.terminals) terminal.checkProcess();
      if (!this.sessions.terminals.some((terminal) => terminal.isLive)) this.stop();
    }, ORPHAN_CHECK_MS);
  }

  /** SIGTERM: an upgrade. Nothing more is taken out of the PTYs; what is in memory is written. */
  stop(): void {
    this.server?.close();
    for (const terminal of this.sessions.terminals) terminal.stopReading();
    const deadline = performance.now() + SHUTDOWN_LIMIT_MS;
    const leave = (): void => {
      const busy = this.sessions.terminals.some((terminal) => terminal.busy);
      if (busy && performance.now() < deadline) setTimeout(leave, 2);
      else process.exit(0);
    };
    leave();
  }

  terminal(sessionId: string): Terminal {
    return this.sessions.find(sessionId);
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
    configure: ({ transcriptTotalBytes }) => {
      this.transcripts.limit(transcriptTotalBytes);
      return {};
    },
    create: (body) => this.spawns.create(body),
    'resize-session': ({ sessionId, cols, rows }) => {
      this.terminal(sessionId).size.apply({ cols, rows });
      return {};
    },
    terminate: ({ sessionId, signal, ifIdleMs }) => {
      const terminal = this.terminal(sessionId);
      if (ifIdleMs === undefined) terminal.terminate(signal);
      else terminal.expire(ifIdleMs);
      return {};
    },
    hibernate: ({ sessionId, ifUntypedMs }) => {
      this.terminal(sessionId).hibernate(ifUntypedMs);
      return {};
    },
    type: ({ sessionId, base64 }) => {
      const bytes = Buffer.from(base64, 'base64');
      return new Promise((resolve, reject) => {
        const refuse = (): void =>
          reject(
            new HostRefusalError('input_overflow', 'The program does not read its input, or it ended.', {
              limit: 'input the program has not read',
            }),
          );
        const onDone = (written: boolean): void => (written ? resolve({ bytes: bytes.length }) : refuse());
        if (!this.terminal(sessionId).type(bytes, onDone)) refuse();
      });
    },
    'answer-query': ({ sessionId, queryEnd, base64 }) => ({
      taken: this.terminal(sessionId).answerQuery(queryEnd, Buffer.from(base64, 'base64')),
    }),
    relay: ({ sessionId, to, message }) => ({ delivered: this.terminal(sessionId).audience.relay(message, to) }),
    info: ({ sessionId, epoch }) => ({
      ...this.sessions.find(sessionId, epoch).info(),
      epochs: this.sessions.epochs(sessionId),
    }),
    read: ({ sessionId, epoch, from, max }) =>
      this.sessions.find(sessionId, epoch).read(from, Math.min(max, MAX_READ_BYTES)),
    times: ({ sessionId, epoch, from, to }) => this.sessions.find(sessionId, epoch).times(from, to),
    list: () => ({ sessions: this.sessions.terminals.map((terminal) => terminal.describe()) }),
    remove: ({ sessionId }) => {
      const terminal = this.terminal(sessionId);
      if (!terminal.ended) throw new HostRefusalError('conflict', 'The session is still running; terminate it first.');
      this.sessions.remove(sessionId);
      return {};
    },
    stats: () => ({
      sessions: this.sessions.size,
      attachments: [...this.connections].reduce((sum, connection) => sum + connection.attachments, 0),
      rssBytes: process.memoryUsage.rss(),
      keeperRssBytes: residentBytes(this.init.keeperPid),
      keeperAlive: this.keeper.alive,
      transcriptBytes: this.transcripts.storedBytes,
      transcriptDroppedBytes: this.transcripts.droppedBytes,
    }),
    roll: () => {
      if (this.init.rolls) this.keeper.send({ type: 'roll' });
      else setImmediate(() => this.stop());
      return {};
    },
    shutdown: () => {
      this.keeper.send({ type: 'shutdown' });
      return {};
    },
  };

  private onDescriptor(session: KeptSession, fd: number): void {
    const { sessionId, pid, exit } = session;
    const terminal = this.sessions.advance(sessionId);
    if (!terminal) return this.endUnknown(session, fd);
    terminal.adopt(fd, pid, exit);
    this.spawns.settle(sessionId, terminal.describe());
  }

  /** Its record is gone, so nobody can ever attach to it. */
  private endUnknown({ sessionId, pid, exit }: KeptSession, fd: number): void {
    fs.closeSync(fd);
    if (exit) this.context.release(sessionId);
    else void endProcesses({ sessionId, ofEpoch: () => true }, () => ({ pid }));
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

/** Resident memory of another process, 0 when it is gone. */
function residentBytes(pid: number): number {
  try {
    const pages = Number(fs.readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]);
    return pages * 4096;
  } catch {
    return 0;
  }
}
