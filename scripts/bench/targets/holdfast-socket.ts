import { randomUUID } from 'node:crypto';
import { FrameType, decodeFrame, encodeFrame, type ClientEvents, type Opened } from '@holdfast/protocol';
import type { WebSocket } from 'ws';
import { dial, hangUp } from './dial';
import type { BenchTerminal } from './target';

/** When the SDK acknowledges (packages/client/src/limits.ts), so that the server is measured with what it really gets. */
const ACK_EVERY_BYTES = 32 * 1024;
const ACK_COALESCE_BYTES = 16 * 1024;
const ACK_DELAY_MS = 20;
/** The server kills what does not end within about three seconds. */
const EXIT_PATIENCE_MS = 10_000;

type OpenRequest = Omit<ClientEvents['open'], 'channel' | 'writerId'>;

interface Listener {
  readonly onOutput: (bytes: Uint8Array, terminal: HoldfastTerminal) => void;
  readonly onSnapshot?: (bytes: Uint8Array) => void;
}

interface Waiting {
  readonly terminal: HoldfastTerminal;
  readonly resolve: (terminal: HoldfastTerminal) => void;
  readonly reject: (error: Error) => void;
}

/** One `holdfast.v1` connection, with as little work for each frame as a client can do. */
export class HoldfastSocket {
  private readonly terminals = new Map<number, HoldfastTerminal>();
  private readonly waiting = new Map<number, Waiting>();
  private channels = 0;

  private constructor(private readonly socket: WebSocket) {}

  static async connect(url: string, token: string): Promise<HoldfastSocket> {
    // `welcome` may come in the same turn as the 101, before the object exists; nothing in it is needed here.
    const holder: { connection?: HoldfastSocket } = {};
    const socket = await dial({
      url,
      protocols: ['holdfast.v1'],
      headers: { authorization: `Bearer ${token}` },
      onMessage: (data, isBinary) => holder.connection?.onMessage(data, isBinary),
    });
    return (holder.connection = new HoldfastSocket(socket));
  }

  open(request: OpenRequest, listener: Listener): Promise<HoldfastTerminal> {
    const channel = ++this.channels;
    const terminal = new HoldfastTerminal(this, channel, listener);
    this.terminals.set(channel, terminal);
    const opened = new Promise<HoldfastTerminal>((resolve, reject) => {
      this.waiting.set(channel, { terminal, resolve, reject });
    });
    this.say('open', { ...request, channel, writerId: randomUUID() });
    return opened;
  }

  say<E extends keyof ClientEvents>(event: E, data: ClientEvents[E]): void {
    this.socket.send(JSON.stringify({ event, data }));
  }

  frame(type: FrameType, channel: number, offset: number, payload?: Uint8Array): void {
    this.socket.send(encodeFrame(type, channel, offset, payload));
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  close(): Promise<void> {
    return hangUp(this.socket);
  }

  /** The connection goes with its last terminal. */
  async leave(channel: number): Promise<void> {
    this.terminals.delete(channel);
    if (this.terminals.size === 0) await this.close();
  }

  private onMessage(data: Buffer, isBinary: boolean): void {
    if (!isBinary) return this.onEvent(JSON.parse(data.toString()) as { event: string; data: Record<string, unknown> });
    const frame = decodeFrame(data);
    if (frame) this.terminals.get(frame.channel)?.receive(frame.type, frame.offset, frame.payload);
  }

  private onEvent({ event, data }: { event: string; data: Record<string, unknown> }): void {
    const channel = data['channel'] as number;
    switch (event) {
      case 'opened': {
        const waiting = this.waiting.get(channel);
        this.waiting.delete(channel);
        waiting?.terminal.begin(data as unknown as Opened);
        return waiting?.resolve(waiting.terminal);
      }
      case 'error': {
        const error = new Error(`holdfast refused: ${JSON.stringify(data)}`);
        const waiting = this.waiting.get(channel);
        if (!waiting) throw error;
        return waiting.reject(error);
      }
      case 'exited':
        return this.terminals.get(channel)?.exited();
    }
  }
}

export class HoldfastTerminal implements BenchTerminal {
  opened!: Opened;
  /** The next output byte. */
  next = 0;
  private typed = 0;
  private parsedTo = 0;
  private told = 0;
  private toldAt = 0;
  private timer: NodeJS.Timeout | undefined;
  private onExit: (() => void) | undefined;

  constructor(
    readonly socket: HoldfastSocket,
    private readonly channel: number,
    private readonly listener: Listener,
  ) {}

  begin(opened: Opened): void {
    this.opened = opened;
    this.next = this.parsedTo = this.told = opened.offset;
    this.typed = opened.inputOffset;
  }

  type(input: string): void {
    const bytes = Buffer.from(input);
    this.socket.frame(FrameType.data, this.channel, this.typed, bytes);
    this.typed += bytes.length;
  }

  parsed(bytes: number): void {
    this.parsedTo += bytes;
    const due = this.parsedTo - this.told;
    const quietMs = performance.now() - this.toldAt;
    const caughtUp = this.parsedTo === this.next;
    if (due >= ACK_EVERY_BYTES || (caughtUp && (due >= ACK_COALESCE_BYTES || quietMs >= ACK_DELAY_MS))) this.tell();
    else if (caughtUp) this.timer ??= setTimeout(() => this.tell(), ACK_DELAY_MS - quietMs);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  async end(): Promise<void> {
    const ended = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('holdfast did not end a terminated process')), EXIT_PATIENCE_MS);
      this.onExit = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.socket.say('terminate', { channel: this.channel, signal: 'KILL' });
    await ended;
    await this.leave();
  }

  leave(): Promise<void> {
    clearTimeout(this.timer);
    return this.socket.leave(this.channel);
  }

  receive(type: number, offset: number, payload: Uint8Array): void {
    switch (type) {
      case FrameType.data:
        if (offset !== this.next) throw new Error(`holdfast sent output at ${offset}, expected ${this.next}`);
        this.next += payload.length;
        return this.listener.onOutput(payload, this);
      case FrameType.snapshot:
        return this.listener.onSnapshot?.(payload);
    }
  }

  exited(): void {
    this.onExit?.();
  }

  private tell(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.told = this.parsedTo;
    this.toldAt = performance.now();
    this.socket.frame(FrameType.ack, this.channel, this.told);
  }
}
