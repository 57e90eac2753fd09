import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import type { Pipe } from '../native/pipe-handle';
import { sendDescriptor, setCloseOnExec } from '../native/libc';
import { forkPty } from '../native/pty';
import { endProcesses } from '../processes/kill-ladder';
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
const HEALTHY_MS = 2_000;
const RESTART_BASE_MS = 20;
/** Less than a gateway's patience: a request that is made meanwhile is answered. */
const RESTART_MAX_MS = 1_000;
/** For a broker to write what only it has: at a roll, and at shutdown. */
const BROKER_GRACE_MS = 3_000;

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
    const { brokerProgram, directory, listenerFd, incarnation } = this.options;
    const startedAt = performance.now();
    const generation = ++this.generation;
    let broker: ChildProcess;
    try {
      broker = spawn(process.execPath, [brokerProgram, directory], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe', listenerFd],
        detached: true,
      });
    } catch (error) {
      return this.onBrokerEnd(`broker ${generation} did not start: ${(error as Error).message}`, false);
    }
    this.broker = broker;
    broker.stdio[4]?.on('error', () => undefined);
    broker.on('message', (message) => this.onMessage(broker, message as BrokerToKeeper));
    broker.on('error', (error) => {
      // One that was never started does not close either.
      if (broker.pid === undefined) this.onBrokerEnd(`broker ${generation} did not start: ${error.message}`, false);
    });
    // Not `exit`: a successor that starts before the last wish of this one was read would not know of its shell.
    broker.on('close', (code, signal) => {
      const livedMs = Math.round(performance.now() - startedAt);
      this.onBrokerEnd(
        `broker ${generation} ended with ${signal ?? code} after ${livedMs} ms`,
        code === 0 || livedMs > HEALTHY_MS,
      );
    });
    this.send(broker, {
      type: 'init',
      incarnation,
      generation,
      keeperPid: process.pid,
      sessions: [...this.held.values()].map(kept),
    });
  }

  private onBrokerEnd(how: string, healthy: boolean): void {
    this.options.log(how);
    this.broker = undefined;
    if (this.stopping) return;
    this.failures = healthy ? 0 : this.failures + 1;
    const delay = healthy ? 0 : Math.min(RESTART_BASE_MS * 2 ** this.failures, RESTART_MAX_MS);
    setTimeout(() => {
      if (!this.stopping) this.startBroker();
    }, delay);
  }

  /** SIGUSR2: a new broker from the installed build. */
  rollBroker(): void {
    const { broker } = this;
    broker?.kill('SIGTERM');
    // One that hangs does not listen to that.
    if (broker) setTimeout(() => this.broker === broker && broker.kill('SIGKILL'), BROKER_GRACE_MS);
  }

  /** SIGTERM: ends every shell and whatever it left behind, then the broker, then itself. */
  shutdown(): void {
    if (this.stopping) return;
    this.stopping = true;
    const shells = [...this.held.values()].filter(({ exit }) => !exit);
    void Promise.all(
      shells.map(({ sessionId, pid }) => endProcesses({ sessionId, ofEpoch: () => true }, () => ({ pid }))),
    ).then(() => {
      if (!this.broker) process.exit(0);
      this.broker.once('close', () => process.exit(0));
      this.broker.kill('SIGTERM');
      setTimeout(() => process.exit(0), BROKER_GRACE_MS);
    });
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
