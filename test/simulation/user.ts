import { createClient, type Acknowledge, type Client, type Terminal, type TerminalEvents } from '@holdfast/client';
import type { ByteRange } from '@holdfast/protocol';
import { inputBytes, outputBytes, same } from './pattern';
import { ensure } from './violation';
import type { SimulatedSocket, WireSetup } from './wire';

/** A tab with the SDK in it: types, looks at every byte of output, and remembers what it was told. */
export class SimulatedUser {
  readonly client: Client;
  readonly terminal: Terminal;
  typed = 0;
  unsentBytes = 0;
  /** Where each process began to count what was typed. */
  private readonly bases = new Map<number, number>();
  /** In positions of all that was typed: ambiguous, or handed back unsent. */
  private readonly heard: ByteRange[] = [];
  private epoch = -1;
  private next: number | undefined;
  private acks: Acknowledge[] = [];
  jumps = 0;
  /** What was wrong first. */
  failure: Error | undefined;
  delivered = 0;

  constructor(
    readonly writer: number,
    private readonly setup: WireSetup,
    dial: () => SimulatedSocket,
    mayJump: (resume: string) => boolean,
  ) {
    const { timers } = setup;
    this.client = createClient({
      url: 'ws://simulation',
      credentials: { token: () => Promise.resolve('token') },
      createWebSocket: dial,
      timers: {
        now: () => timers.now(),
        random: () => setup.random.next(),
        setTimeout: (run, ms) => timers.setTimeout(run, ms),
        clearTimeout: (timer) => timers.clearTimeout(timer),
      },
    });
    this.terminal = this.client.open({ projectId: 'p', cols: 80, rows: 24 });
    this.listen('opened', ({ epoch, inputOffset, offset, resume }) =>
      this.onOpened(epoch, inputOffset, offset, resume),
    );
    this.listen('data', ({ bytes, offset, ack }) => this.onData(bytes, offset, ack));
    this.listen('snapshot', ({ offset, resume, ack }) => {
      // `snapshot` answers who did not say what it has, which is who has nothing yet.
      const wished = resume === 'snapshot' || mayJump(resume);
      ensure(wished, `user ${writer}: jumped (${resume}) although everything was held`);
      this.jumps += 1;
      this.next = offset;
      this.acks.push(ack);
    });
    this.listen('unsent', (bytes) => {
      this.heard.push({ from: this.typed - bytes.length, to: this.typed });
      this.unsentBytes += bytes.length;
    });
    this.listen('ambiguous', ({ from, to }) => {
      const base = this.baseOf(this.epoch);
      this.heard.push({ from: base + from, to: base + to });
    });
    this.listen('closed', ({ code }) => ensure(false, `user ${writer}: the terminal was closed: ${code}`));
  }

  baseOf(epoch: number): number {
    return this.bases.get(epoch) ?? 0;
  }

  type(length: number): void {
    if (this.terminal.write(inputBytes(this.writer, this.typed, length))) this.typed += length;
  }

  /** The emulator has parsed some of what it was given. */
  parse(all: boolean): void {
    const count = all ? this.acks.length : this.setup.random.between(0, this.acks.length);
    for (const ack of this.acks.splice(0, count)) ack();
  }

  /** Whether the application was told that these bytes may not have been typed. */
  heardOf({ from, to }: ByteRange): boolean {
    return this.heard.some((range) => range.from <= from && range.to >= to);
  }

  has(epoch: number, end: number): boolean {
    return this.epoch === epoch && this.next === end;
  }

  describe(): string {
    const { epoch, next, typed, acks, client, terminal } = this;
    return JSON.stringify({
      epoch,
      next,
      typed,
      unparsed: acks.length,
      client: client.state,
      terminal: terminal.state,
    });
  }

  /** What a listener throws does not reach whoever caused it. */
  private listen<K extends keyof TerminalEvents>(event: K, run: (payload: TerminalEvents[K]) => void): void {
    this.terminal.on(event, (payload) => {
      try {
        run(payload);
      } catch (error) {
        this.failure ??= error as Error;
      }
    });
  }

  private onOpened(name: string, inputOffset: number, offset: number, resume: string): void {
    const epoch = Number(name.slice('epoch-'.length));
    ensure(epoch >= this.epoch, `user ${this.writer}: back to epoch ${epoch}`);
    if (epoch === this.epoch) return;
    // Before the first one nothing was sent, so nothing is handed back.
    this.bases.set(epoch, this.epoch < 0 ? 0 : this.typed - inputOffset);
    this.epoch = epoch;
    this.next = resume === 'fresh' ? offset : undefined;
  }

  private onData(bytes: Uint8Array, offset: number, ack: Acknowledge): void {
    ensure(offset === this.next, `user ${this.writer}: output at ${offset}, expected at ${this.next}`);
    const written = outputBytes(this.epoch, offset, bytes.length);
    ensure(same(written, bytes), `user ${this.writer}: output at ${offset} is not what was written`);
    this.next = offset + bytes.length;
    this.delivered += bytes.length;
    this.acks.push(ack);
  }
}
