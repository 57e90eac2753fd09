import type { GatewayProcess } from './gateway-process';

const TICK_MS = 250;
/** No request keeps the event loop busy for as long; users begin to notice. */
const STALLED_AFTER_MS = 1_250;
/** A process that did not answer for this long will not: its memory is of more use than it is. */
const HOPELESS_AFTER_MS = 30_000;
/** When this process itself was held up for longer, the others' silence says nothing. */
const OWN_DELAY_MS = 500;

/** What is looked at of a gateway. */
type Watched = Pick<GatewayProcess, 'state' | 'events' | 'ping'>;

export interface StallHandlers<G> {
  onStalled(gateway: G): void;
  onRecovered(gateway: G): void;
  onHopeless(gateway: G): void;
}

/** Asks the serving gateways whether they are still there: a process can hang without ending. */
export class Stalls<G extends Watched> {
  private readonly heardAt = new Map<G, number>();
  private readonly stalled = new Set<G>();
  private readonly timer: NodeJS.Timeout;
  private lastTick = performance.now();

  constructor(
    private readonly members: () => readonly G[],
    private readonly handlers: StallHandlers<G>,
  ) {
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  has(gateway: G): boolean {
    return this.stalled.has(gateway);
  }

  dispose(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    const now = performance.now();
    const wasHeldUp = now - this.lastTick > TICK_MS + OWN_DELAY_MS;
    this.lastTick = now;
    const serving = this.members().filter(({ state }) => state === 'serving');
    for (const known of this.heardAt.keys()) if (!serving.includes(known)) this.forget(known);
    for (const gateway of serving) {
      if (!this.heardAt.has(gateway)) this.listenTo(gateway);
      else if (wasHeldUp) this.heardAt.set(gateway, now);
      else this.judge(gateway, now - (this.heardAt.get(gateway) ?? now));
      gateway.ping();
    }
  }

  private judge(gateway: G, silentMs: number): void {
    if (silentMs > HOPELESS_AFTER_MS) this.handlers.onHopeless(gateway);
    if (silentMs <= STALLED_AFTER_MS || this.stalled.has(gateway)) return;
    this.stalled.add(gateway);
    this.handlers.onStalled(gateway);
  }

  private listenTo(gateway: G): void {
    this.heardAt.set(gateway, performance.now());
    gateway.events.on('heard', () => {
      if (!this.heardAt.has(gateway)) return;
      this.heardAt.set(gateway, performance.now());
      if (this.stalled.delete(gateway)) this.handlers.onRecovered(gateway);
    });
  }

  private forget(gateway: G): void {
    this.heardAt.delete(gateway);
    this.stalled.delete(gateway);
  }
}
