import { spawn, type ChildProcess } from 'node:child_process';
import type { BrokerToKeeper } from './keeper-messages';

export interface BrokersOptions {
  readonly program: string;
  readonly directory: string;
  readonly listenerFd: number;
  readonly log: (message: string) => void;
  /** It serves from now on: tell it what there is. */
  onServing(broker: ChildProcess, generation: number): void;
  onMessage(broker: ChildProcess, message: BrokerToKeeper): void;
}

/** A broker that served this long was healthy: the next start is immediate again. */
const HEALTHY_MS = 2_000;
const RESTART_BASE_MS = 20;
/** Less than a gateway's patience: a request that is made meanwhile is answered. */
const RESTART_MAX_MS = 1_000;
/** For a broker to write what only it has: at a roll, and at shutdown. */
const BROKER_GRACE_MS = 3_000;
/** The standby starts when the serving broker has taken over everything: it must not slow that down. */
const STANDBY_DELAY_MS = 250;
/** A broker of an earlier build does not say that it is warm. */
const WARM_LIMIT_MS = 1_000;

/**
 * Keeps one broker serving, and one more waiting, booted: what people notice of a broker's death is the start of its successor, and
 * most of that is the start of Node.
 */
export class Brokers {
  private serving: ChildProcess | undefined;
  private standby: ChildProcess | undefined;
  private generation = 0;
  private failures = 0;
  private standbyTimer: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(private readonly options: BrokersOptions) {}

  get current(): ChildProcess | undefined {
    return this.serving;
  }

  serve(): void {
    if (this.stopping) return;
    const generation = ++this.generation;
    const broker = this.standby ?? this.spawn();
    this.standby = undefined;
    if (!broker) return this.onServingEnd(`broker ${generation} did not start`, false);
    this.serving = broker;
    const since = performance.now();
    // Not `exit`: a successor that starts before the last wish of this one was read would not know of its shell.
    broker.once('close', (code, signal) => {
      const servedMs = Math.round(performance.now() - since);
      this.onServingEnd(
        `broker ${generation} ended with ${signal ?? code} after ${servedMs} ms`,
        code === 0 || servedMs > HEALTHY_MS,
      );
    });
    this.options.onServing(broker, generation);
    this.scheduleStandby(STANDBY_DELAY_MS);
  }

  /** The next one is of the installed build: boots it, then ends the serving one, which it replaces. */
  roll(): void {
    const { serving } = this;
    if (!serving || this.stopping) return;
    this.discardStandby();
    const fresh = (this.standby = this.spawn());
    const end = (): void => {
      clearTimeout(limit);
      serving.kill('SIGTERM');
      // One that hangs does not listen to that.
      setTimeout(() => this.serving === serving && serving.kill('SIGKILL'), BROKER_GRACE_MS);
    };
    const limit = setTimeout(end, fresh ? WARM_LIMIT_MS : 0);
    fresh?.once('message', end);
  }

  /** It was booted from a build that may not be the installed one any more. */
  discardStandby(): void {
    clearTimeout(this.standbyTimer);
    const { standby } = this;
    this.standby = undefined;
    standby?.kill('SIGKILL');
  }

  /** Resolves when there is none any more. */
  stop(): Promise<void> {
    this.stopping = true;
    this.discardStandby();
    const { serving } = this;
    if (!serving) return Promise.resolve();
    return new Promise((resolve) => {
      serving.once('close', () => resolve());
      serving.kill('SIGTERM');
      setTimeout(resolve, BROKER_GRACE_MS);
    });
  }

  private onServingEnd(how: string, healthy: boolean): void {
    this.options.log(how);
    this.serving = undefined;
    this.failures = healthy ? 0 : this.failures + 1;
    const delay = healthy ? 0 : Math.min(RESTART_BASE_MS * 2 ** this.failures, RESTART_MAX_MS);
    setTimeout(() => this.serve(), delay);
  }

  private scheduleStandby(delayMs: number): void {
    clearTimeout(this.standbyTimer);
    if (this.stopping) return;
    this.standbyTimer = setTimeout(() => (this.standby ??= this.spawn()), delayMs);
  }

  /** Undefined: no process could be made. */
  private spawn(): ChildProcess | undefined {
    const { options } = this;
    const { program, directory, listenerFd, log } = options;
    let broker: ChildProcess;
    try {
      broker = spawn(process.execPath, [program, directory], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe', listenerFd],
        detached: true,
      });
    } catch (error) {
      log(`a broker did not start: ${(error as Error).message}`);
      return undefined;
    }
    broker.stdio[4]?.on('error', () => undefined);
    broker.on('message', (message) => options.onMessage(broker, message as BrokerToKeeper));
    broker.on('error', (error) => {
      log(`broker process ${broker.pid ?? ''}: ${error.message}`);
      // One that was never started does not close either.
      if (broker.pid === undefined) broker.emit('close', null, null);
    });
    broker.once('close', () => {
      if (broker !== this.standby) return;
      this.standby = undefined;
      this.scheduleStandby(RESTART_MAX_MS);
    });
    return broker;
  }
}
