import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import type { Pipe } from '../native/pipe-handle';
import { sendDescriptor, setCloseOnExec } from '../native/libc';
import { forkPty } from '../native/pty';
import type { Launch } from '../wire/host-messages';
import type { BrokerToKeeper, KeeperToBroker, KeptSession, RawExit } from './keeper-messages';
import { launchArguments } from './launch-arguments';

export interface KeeperOptions {
  readonly brokerProgram: string;
  readonly launcherProgram: string;
  readonly directory: string;
  readonly listenerFd: number;
  readonly incarnation: number;
  readonly log: (message: string) => void;
}

interface Held {
  readonly sessionId: string;
  readonly pid: number;
  readonly fd: number;
  exit: RawExit | null;
}

/** A broker that lives this long was healthy: the next restart is immediate again. */
const HEALTHY_MS = 5_000;
const RESTART_BASE_MS = 20;
const RESTART_MAX_MS = 5_000;
/** Between hanging up every shell and killing what is left, at shutdown. */
const SHUTDOWN_GRACE_MS = 1_500;

/**
 * Forks shells, holds their PTY masters, waits for their exits, and keeps a broker running. It never reads a terminal
 * byte and is never upgraded while it holds shells: whatever happens to the broker, the shells do not notice.
 */
export class Keeper {
  private readonly held = new Map<string, Held>();
  private broker: ChildProcess | undefined;
  private generation = 0;
  private failures = 0;
  private stopping = false;

  constructor(private readonly options: KeeperOptions) {}

  startBroker(): void {
    const { brokerProgram, directory, listenerFd, incarnation, log } = this.options;
    const startedAt = performance.now();
    const generation = ++this.generation;
    const broker = spawn(process.execPath, [brokerProgram, directory], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe', listenerFd],
      detached: true,
    });
    this.broker = broker;
    broker.stdio[4]?.on('error', () => undefined);
    broker.on('error', (error) => log(`broker ${generation}: ${error.message}`));
    broker.on('message', (message) => this.onMessage(broker, message as BrokerToKeeper));
    broker.on('exit', (code, signal) => {
      log(`broker ${generation} ended with ${signal ?? code} after ${Math.round(performance.now() - startedAt)} ms`);
      this.broker = undefined;
      if (this.stopping) return;
      const healthy = code === 0 || performance.now() - startedAt > HEALTHY_MS;
      this.failures = healthy ? 0 : this.failures + 1;
      const delay = healthy ? 0 : Math.min(RESTART_BASE_MS * 2 ** this.failures, RESTART_MAX_MS);
      setTimeout(() => this.startBroker(), delay);
    });
    this.send(broker, {
      type: 'init',
      incarnation,
      generation,
      keeperPid: process.pid,
      sessions: [...this.held.values()].map(kept),
    });
  }

  /** SIGUSR2: a new broker from the installed build. */
  rollBroker(): void {
    this.broker?.kill('SIGTERM');
  }

  /** SIGTERM: hang up every shell, kill what stays, then end. */
  shutdown(): void {
    if (this.stopping) return;
    this.stopping = true;
    for (const session of this.held.values()) if (!session.exit) signalGroup(session.pid, 'SIGHUP');
    setTimeout(
      () => {
        for (const session of this.held.values()) if (!session.exit) signalGroup(session.pid, 'SIGKILL');
        this.broker?.kill('SIGTERM');
        this.broker?.once('exit', () => process.exit(0));
        if (!this.broker) process.exit(0);
        setTimeout(() => process.exit(0), SHUTDOWN_GRACE_MS);
      },
      this.held.size > 0 ? SHUTDOWN_GRACE_MS : 0,
    );
  }

  private onMessage(broker: ChildProcess, message: BrokerToKeeper): void {
    switch (message.type) {
      case 'want-descriptors':
        return this.sendDescriptors(broker, message.sessionIds);
      case 'spawn':
        return this.spawn(broker, message);
      case 'release':
        return this.release(message.sessionId);
      case 'shutdown':
        return this.shutdown();
    }
  }

  private spawn(
    broker: ChildProcess,
    request: { sessionId: string; launch: Launch; cols: number; rows: number },
  ): void {
    const { sessionId, launch, cols, rows } = request;
    if (!this.held.has(sessionId)) {
      try {
        const forked = forkPty({
          file: this.options.launcherProgram,
          args: launchArguments(launch),
          env: ['PATH=/usr/local/bin:/usr/bin:/bin'],
          cols,
          rows,
          onExit: (exitCode, signal) => this.onExit(sessionId, { exitCode, signal }),
        });
        setCloseOnExec(forked.fd);
        this.held.set(sessionId, { sessionId, pid: forked.pid, fd: forked.fd, exit: null });
      } catch (error) {
        return this.send(broker, { type: 'spawn-failed', sessionId, message: (error as Error).message });
      }
    }
    this.sendDescriptors(broker, [sessionId]);
  }

  private sendDescriptors(broker: ChildProcess, sessionIds: readonly string[]): void {
    const socket = broker.stdio[4] as unknown as Pipe;
    const sent: KeptSession[] = [];
    for (const id of sessionIds) {
      const session = this.held.get(id);
      if (!session) continue;
      try {
        sendDescriptor(socket._handle.fd, session.fd);
        sent.push(kept(session));
      } catch (error) {
        // The broker is dying; its successor asks again.
        this.options.log(`descriptor of ${id}: ${(error as Error).message}`);
        break;
      }
    }
    this.send(broker, { type: 'descriptors', sessions: sent });
  }

  private onExit(sessionId: string, exit: RawExit): void {
    const session = this.held.get(sessionId);
    if (!session) return;
    session.exit = exit;
    if (this.broker) this.send(this.broker, { type: 'exit', sessionId, exit });
  }

  private release(sessionId: string): void {
    const session = this.held.get(sessionId);
    if (!session?.exit) return;
    this.held.delete(sessionId);
    fs.closeSync(session.fd);
  }

  private send(broker: ChildProcess, message: KeeperToBroker): void {
    // A broker that ends right now gets a successor, which learns everything from `init`.
    if (broker.connected) broker.send(message, () => undefined);
  }
}

function kept({ sessionId, pid, exit }: Held): KeptSession {
  return { sessionId, pid, exit };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Already gone.
  }
}
