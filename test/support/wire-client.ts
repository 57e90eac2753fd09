import { randomUUID } from 'node:crypto';
import {
  FrameType,
  decodeFrame,
  encodeFrame,
  type ClientEvents,
  type Opened,
  type ServerEvents,
  type ServerEventName,
} from '@holdfast/protocol';
import { WebSocket } from 'ws';

export interface Received {
  readonly event: ServerEventName;
  readonly data: Record<string, unknown> & { readonly channel?: number };
  readonly id?: string;
}

export interface Snapshot {
  readonly offset: number;
  readonly bytes: Buffer;
}

interface ChannelState {
  output: Buffer[];
  outputBytes: number;
  next: number;
  snapshots: Snapshot[];
  inputSent: number;
  inputAcked: number;
  autoAck: boolean;
}

/**
 * A client of `holdfast.v1` that does exactly what a test says and nothing by itself, but acknowledging output. It checks
 * what every client may rely on: output without gaps and without repetition.
 */
export class WireClient {
  readonly events: Received[] = [];
  closed: { code: number; reason: string } | undefined;
  /** Why there was no connection, or none any more, as far as the system or an HTTP status says it. */
  private failure = '';
  private readonly channels = new Map<number, ChannelState>();
  private readonly wakers = new Set<() => void>();

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.onBinary(data);
      else this.events.push(JSON.parse(data.toString()) as Received);
      this.wake();
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.wake();
    });
    socket.on('error', (error) => (this.failure = error.message));
  }

  /** Without a token: the URL has a ticket. */
  static async connect(url: string, token: string | undefined, protocols = ['holdfast.v1']): Promise<WireClient> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const socket = new WebSocket(url, protocols, { headers, perMessageDeflate: false });
    const client = new WireClient(socket);
    await client.until(() => client.events.length > 0 || client.closed !== undefined, 'welcome');
    const { closed, failure } = client;
    if (closed) throw new Error(`refused: ${closed.code} ${closed.reason || failure}`);
    return client;
  }

  async open(request: Partial<ClientEvents['open']> & { channel: number }): Promise<Opened> {
    const answer = await this.tryOpen(request);
    if (answer.event !== 'opened') throw new Error(`open was refused: ${JSON.stringify(answer.data)}`);
    return answer.data as unknown as Opened;
  }

  /** `opened` or `error`. */
  async tryOpen(request: Partial<ClientEvents['open']> & { channel: number }): Promise<Received> {
    const { channel } = request;
    const id = randomUUID();
    this.channels.set(channel, {
      output: [],
      outputBytes: 0,
      next: request.offset ?? 0,
      snapshots: [],
      inputSent: 0,
      inputAcked: 0,
      autoAck: true,
    });
    this.send('open', { projectId: 'default', cols: 80, rows: 24, writerId: randomUUID(), ...request }, id);
    const answer = await this.answerTo(id);
    if (answer.event === 'opened') {
      const opened = answer.data as unknown as Opened;
      const state = this.state(channel);
      state.next = Math.max(opened.offset, state.next);
      state.inputSent = state.inputAcked = opened.inputOffset;
    }
    return answer;
  }

  send<E extends keyof ClientEvents>(event: E, data: ClientEvents[E], id?: string): void {
    this.socket.send(JSON.stringify({ event, data, id }));
  }

  async answerTo(id: string): Promise<Received> {
    await this.until(() => this.events.some((event) => event.id === id) || this.closed !== undefined, `answer ${id}`);
    const answer = this.events.find((event) => event.id === id);
    if (!answer) throw new Error(`closed with ${JSON.stringify(this.closed)} before the answer`);
    return answer;
  }

  /** The first such event, now or later, that came after `from` events. */
  async event<E extends ServerEventName>(
    event: E,
    matches: (data: ServerEvents[E]) => boolean = () => true,
    from = 0,
  ): Promise<ServerEvents[E]> {
    const find = (): Received | undefined =>
      this.events
        .slice(from)
        .find((received) => received.event === event && matches(received.data as unknown as ServerEvents[E]));
    await this.until(() => find() !== undefined, `event ${event}`);
    return find()?.data as unknown as ServerEvents[E];
  }

  type(channel: number, text: string | Uint8Array): void {
    const state = this.state(channel);
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    this.sendInput(channel, state.inputSent, bytes);
    state.inputSent += bytes.length;
  }

  sendInput(channel: number, offset: number, bytes: Uint8Array): void {
    this.socket.send(encodeFrame(FrameType.data, channel, offset, bytes));
  }

  acknowledge(channel: number, offset: number): void {
    this.socket.send(encodeFrame(FrameType.ack, channel, offset));
  }

  setAutoAck(channel: number, autoAck: boolean): void {
    this.state(channel).autoAck = autoAck;
  }

  output(channel: number): Buffer {
    return Buffer.concat(this.state(channel).output);
  }

  outputBytes(channel: number): number {
    return this.state(channel).outputBytes;
  }

  nextOffset(channel: number): number {
    return this.state(channel).next;
  }

  inputAcked(channel: number): number {
    return this.state(channel).inputAcked;
  }

  snapshots(channel: number): readonly Snapshot[] {
    return this.state(channel).snapshots;
  }

  async outputContains(channel: number, text: string): Promise<Buffer> {
    await this.until(() => this.output(channel).includes(text), `output ${JSON.stringify(text)}`);
    return this.output(channel);
  }

  async until(condition: () => boolean, what: string, withinMs = 30_000): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.wakers.delete(check);
        const last = this.events
          .slice(-3)
          .map((event) => JSON.stringify(event))
          .join(' ');
        reject(
          new Error(
            `did not happen within ${withinMs} ms: ${what}; closed ${JSON.stringify(this.closed)}; last events ${last}`,
          ),
        );
      }, withinMs);
      const check = (): void => {
        if (!condition()) return;
        clearTimeout(timer);
        this.wakers.delete(check);
        resolve();
      };
      this.wakers.add(check);
    });
  }

  async close(): Promise<void> {
    this.socket.close(1000);
    await this.until(() => this.closed !== undefined, 'close');
  }

  terminate(): void {
    this.socket.terminate();
  }

  private state(channel: number): ChannelState {
    const state = this.channels.get(channel);
    if (!state) throw new Error(`channel ${channel} was never opened`);
    return state;
  }

  private onBinary(data: Buffer): void {
    const frame = decodeFrame(data);
    if (!frame) throw new Error('the server sent something that is not a frame');
    const state = this.state(frame.channel);
    switch (frame.type) {
      case FrameType.data:
        if (frame.offset !== state.next) throw new Error(`output at ${frame.offset}, expected ${state.next}`);
        state.next += frame.payload.length;
        state.outputBytes += frame.payload.length;
        state.output.push(Buffer.from(frame.payload));
        if (state.autoAck) this.acknowledge(frame.channel, state.next);
        return;
      case FrameType.ack:
        state.inputAcked = frame.offset;
        return;
      case FrameType.snapshot:
        state.snapshots.push({ offset: frame.offset, bytes: Buffer.from(frame.payload) });
        state.next = frame.offset;
    }
  }

  private wake(): void {
    for (const check of [...this.wakers]) check();
  }
}
