import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import type { Pipe } from '../native/pipe-handle';
import { sendDescriptor, setCloseOnExec } from '../native/libc';
import { forkPty } from '../native/pty';
import { endProcesses } from '../processes/kill-ladder';
import type { Launch } from '../wire/host-messages';
import { Brokers } from './brokers';
import type { BrokerToKeeper, KeeperToBroker, KeptSession, RawExit } from './keeper-messages';
import { withLauncherCall } from './launcher-call';

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

/**
 * Forks shells, holds their PTY masters, waits for their exits, and keeps a broker running. It never reads a terminal
 * byte and is never upgraded while it holds shells: whatever happens to the broker, the shells do not notice.
 */
export class Keeper {
  private readonly held = new Map<string, Held>();
  private readonly brokers: Brokers;
  private stopping = false;

  constructor(private readonly options: KeeperOptions) {
    const { brokerProgram: program, directory, listenerFd, log } = options;
    this.brokers = new Brokers({
      program,
      directory,
      listenerFd,
      log,
      onServing: (broker, generation) => this.introduce(broker, generation),
      onMessage: (broker, message) => this.onMessage(broker, message),
    });
  }

  startBroker(): void {
    this.brokers.serve();
  }

  /** SIGUSR2: a new broker from the installed build. */
  rollBroker(): void {
    this.brokers.roll();
  }

  /** SIGTERM: ends every shell and whatever it left behind, then the broker, then itself. */
  shutdown(): void {
    if (this.stopping) return;
    this.stopping = true;
    const shells = [...this.held.values()].filter(({ exit }) => !exit);
    void Promise.all(
      shells.map(({ sessionId, pid }) => endProcesses({ sessionId, ofEpoch: () => true }, () => ({ pid }))),
    )
      .then(() => this.brokers.stop())
      .then(() => process.exit(0));
  }

  private introduce(broker: ChildProcess, generation: number): void {
    this.send(broker, {
      type: 'init',
      incarnation: this.options.incarnation,
      generation,
      keeperPid: process.pid,
      sessions: [...this.held.values()].map(kept),
      rolls: true,
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
      case 'roll':
        return this.rollBroker();
      case 'warm':
        return;
    }
  }

  private spawn(
    broker: ChildProcess,
    request: { sessionId: string; launch: Launch; cols: number; rows: number },
  ): void {
    const { sessionId, launch, cols, rows } = request;
    if (!this.held.has(sessionId)) {
      try {
        const forked = withLauncherCall(launch, (args) =>
          forkPty({
            file: this.options.launcherProgram,
            args,
            env: ['PATH=/usr/local/bin:/usr/bin:/bin'],
            cols,
            rows,
            onExit: (exitCode, signal) => this.onExit(sessionId, { exitCode, signal }),
          }),
        );
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
    const broker = this.brokers.current;
    if (broker) this.send(broker, { type: 'exit', sessionId, exit });
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
