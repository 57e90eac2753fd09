import type { LoggerService } from '@nestjs/common';
import { TypedEvents } from '../kernel/typed-events';
import type { Departure } from '../terminal-connection/connections';
import type { GatewayProcess } from './gateway-process';
import { Stalls } from './stalls';

/** One that died sooner than this after it began to serve, or before, may do so again. */
const STABLE_MS = 1_000;
/** Wait before the next start after such a death; doubles with each further one. */
const FIRST_RESTART_DELAY_MS = 100;
const MAX_RESTART_DELAY_MS = 5_000;
/** The start of a spare takes a core for some two seconds. The clients of the one that died, who come back now, go first. */
const SPARE_DELAY_MS = 2_500;
/** Beyond the drain, a gateway that was told to stop gets this long. */
export const STOP_GRACE_MS = 10_000;

export interface GatewaysOptions {
  readonly processes: number;
  readonly spare: boolean;
  readonly launch: (generation: number) => GatewayProcess;
  readonly log: Pick<LoggerService, 'log' | 'warn' | 'error'>;
}

/**
 * The gateway processes of an installation: so many serve, and one more is kept warm. Whatever happens to one of them, `settle`
 * compares what there is with what there should be.
 */
export class Gateways {
  readonly events = new TypedEvents<{ changed: undefined }>();
  /** What a process that is started now belongs to: grows with every roll. */
  generation = 1;
  private readonly members = new Set<GatewayProcess>();
  private readonly stalls: Stalls<GatewayProcess>;
  private failures = 0;
  /** The next start; `at` in monotonic milliseconds. */
  private restart: { readonly timer: NodeJS.Timeout; readonly at: number } | undefined;
  /** The spare waits for the first service: it must not slow the start down. */
  private hasServed = false;
  private stopping = false;

  constructor(private readonly options: GatewaysOptions) {
    this.stalls = new Stalls(() => [...this.members], {
      onStalled: (gateway) => {
        options.log.warn(`Gateway ${gateway.pid} does not answer; another one serves.`);
        this.changed();
      },
      // There is one more that serves, and no spare: as good, and nobody has to move.
      onRecovered: () => this.changed(),
      onHopeless: (gateway) => {
        options.log.error(`Gateway ${gateway.pid} did not answer for long and is ended.`);
        gateway.kill();
      },
    });
  }

  get all(): readonly GatewayProcess[] {
    return [...this.members];
  }

  isStalled(gateway: GatewayProcess): boolean {
    return this.stalls.has(gateway);
  }

  /** Starts one and resolves when it serves; rejects with its reason when it cannot. The others follow by themselves. */
  async start(timeoutMs: number): Promise<GatewayProcess> {
    const first = this.launch();
    first.events.on('state', (state) => {
      if (state === 'warm') first.serve();
    });
    await first.until('serving', timeoutMs);
    this.hasServed = true;
    this.settle();
    return first;
  }

  launch(): GatewayProcess {
    const gateway = this.options.launch(this.generation);
    this.members.add(gateway);
    gateway.events.on('state', (state) => {
      if (state === 'ended') this.onEnded(gateway);
      this.changed();
    });
    this.events.emit('changed', undefined);
    return gateway;
  }

  /** Resolves when it has ended, by itself or not. */
  async retire(gateway: GatewayProcess, departure: Departure): Promise<void> {
    gateway.stop(departure);
    await gateway.until('ended', departure.timeoutMs + STOP_GRACE_MS).catch(() => gateway.kill());
  }

  async stop(departure: Departure): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restart?.timer);
    await Promise.all(this.all.map((gateway) => this.retire(gateway, departure)));
    this.stalls.dispose();
  }

  kill(): void {
    this.stopping = true;
    for (const gateway of this.members) gateway.kill();
  }

  private onEnded(gateway: GatewayProcess): void {
    this.members.delete(gateway);
    if (this.stopping || !this.hasServed || gateway.leftInOrder) return;
    this.options.log.warn(`Gateway ${gateway.pid} ended unexpectedly: ${gateway.failure ?? 'nobody knows why'}`);
    const { servingSince } = gateway;
    const wasStable = servingSince !== undefined && performance.now() - servingSince >= STABLE_MS;
    this.failures = wasStable ? 0 : this.failures + 1;
  }

  private changed(): void {
    this.settle();
    this.events.emit('changed', undefined);
  }

  private settle(): void {
    if (this.stopping || !this.hasServed) return;
    const serving = this.all.filter((gateway) => gateway.isServing && !this.stalls.has(gateway)).length;
    const warm = this.all.filter(({ state }) => state === 'warm').sort((a, b) => b.generation - a.generation);
    for (const gateway of warm.slice(0, Math.max(0, this.options.processes - serving))) gateway.serve();
    const { missing } = this;
    if (missing === 0) return;
    const onlySpare = this.options.spare && missing === 1;
    this.launchIn(Math.max(this.restartDelayMs, onlySpare ? SPARE_DELAY_MS : 0));
  }

  /** One that does not answer counts as there: it may come back, and a start now would make it harder. */
  private get missing(): number {
    const { processes, spare } = this.options;
    return processes + (spare ? 1 : 0) - this.all.filter(({ state }) => state !== 'draining').length;
  }

  private get restartDelayMs(): number {
    return this.failures === 0 ? 0 : Math.min(FIRST_RESTART_DELAY_MS * 2 ** (this.failures - 1), MAX_RESTART_DELAY_MS);
  }

  /** Never in this turn: to start a process takes longer than to wake one up. An earlier start that is planned stands. */
  private launchIn(delayMs: number): void {
    const at = performance.now() + delayMs;
    if (this.restart && this.restart.at <= at) return;
    clearTimeout(this.restart?.timer);
    const timer = setTimeout(() => {
      this.restart = undefined;
      if (this.stopping) return;
      for (let { missing } = this; missing > 0; missing--) this.launch();
    }, delayMs);
    this.restart = { timer, at };
  }
}
