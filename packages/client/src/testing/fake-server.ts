import {
  decodeFrame,
  encodeFrame,
  FrameType,
  parseClientMessage,
  StreamSender,
  type ByteRange,
  type ClientMessage,
  type ErrorData,
  type Opened,
  type OpenRequest,
  type Resume,
  type ServerEventName,
  type ServerEvents,
} from '@holdfast/protocol';
import type { WebSocketFactory } from '../types';
import { FakeSocket } from './fake-socket';
import type { ManualTimers } from './manual-timers';

export const WINDOW_BYTES = 256 * 1024;
const CHUNK_BYTES = 4096;

/** What stands for the PTY host: survives every socket. */
export class FakeSession {
  epoch = 'e1';
  output: number[] = [];
  /** The oldest output byte that can still be resumed from. */
  retainedFrom = 0;
  /** What the process has read. */
  typed: number[] = [];
  writers = new Map<string, number>();
  exit: { exitCode: number | null; signal: string | null } | undefined;
  cols = 80;
  rows = 24;
  ambiguous: ByteRange | undefined;

  constructor(readonly id: string) {}

  get text(): string {
    return new TextDecoder().decode(Uint8Array.from(this.typed));
  }

  print(text: string | Uint8Array): void {
    const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
    for (const byte of bytes) this.output.push(byte);
  }

  replaceProcess(epoch: string): void {
    this.epoch = epoch;
    this.output = [];
    this.writers.clear();
    this.retainedFrom = 0;
  }
}

class FakeAttachment {
  acked: number;
  exitSent = false;
  visible = true;

  constructor(
    readonly session: FakeSession,
    readonly epoch: string,
    readonly request: OpenRequest,
    readonly sender: StreamSender,
  ) {
    this.acked = sender.next;
  }
}

export class FakePeer {
  readonly channels = new Map<number, FakeAttachment>();
  readonly received: ClientMessage[] = [];
  readonly acks: { readonly channel: number; readonly offset: number }[] = [];
  /** Frames that carried input. */
  readonly inputs: { readonly offset: number; readonly bytes: Uint8Array }[] = [];

  constructor(
    readonly socket: FakeSocket,
    readonly at: number,
  ) {}

  send<E extends ServerEventName>(event: E, data: ServerEvents[E]): void {
    this.socket.deliver(JSON.stringify({ event, data }));
  }

  frame(type: 1 | 2 | 3, channel: number, offset: number, bytes: Uint8Array | string = ''): void {
    const payload = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
    this.socket.deliver(encodeFrame(type, channel, offset, payload));
  }

  error(error: Partial<ErrorData> & { code: string }): void {
    this.send('error', { message: `Refused: ${error.code}.`, retryable: false, ...error });
  }

  messages<E extends ClientMessage['event']>(event: E): Extract<ClientMessage, { event: E }>['data'][] {
    return this.received.filter((m) => m.event === event).map((m) => m.data) as never;
  }
}

/** The server half of the contract, small enough to be read as its specification. Sessions outlive sockets. */
export class FakeServer {
  readonly sessions = new Map<string, FakeSession>();
  readonly peers: FakePeer[] = [];
  /** One for each time the client tried, also when it was refused. */
  readonly dials: { readonly at: number; readonly socket: FakeSocket }[] = [];
  readonly violations: string[] = [];
  latencyMs: () => number = () => 1;
  /** What happens to a dial: taken, refused like a closed port, or never answered. */
  onDial: (socket: FakeSocket) => 'accept' | 'refuse' | 'ignore' = () => 'accept';
  /** An error instead of `opened`, or `ignore` for no answer at all. */
  onOpen: (request: OpenRequest, peer: FakePeer) => (Partial<ErrorData> & { code: string }) | 'ignore' | undefined =
    () => undefined;
  acknowledgesInput = true;
  answersPings = true;
  /** How long an input acknowledgement takes, beside the latency. */
  inputAckDelayMs: () => number = () => 0;
  enforcesWindow = true;

  constructor(readonly timers: ManualTimers) {}

  readonly createWebSocket: WebSocketFactory = (url, protocols, headers) => {
    const socket = new FakeSocket(url, protocols, headers, this.timers, () => this.latencyMs());
    this.dials.push({ at: this.timers.now(), socket });
    const fate = this.onDial(socket);
    if (fate !== 'ignore') {
      this.timers.setTimeout(() => {
        if (!socket.open) return;
        if (fate === 'accept') this.accept(socket);
        else socket.end();
      }, this.latencyMs());
    }
    return socket;
  };

  get peer(): FakePeer {
    const peer = this.peers.at(-1);
    if (peer === undefined) throw new Error('nobody is connected');
    return peer;
  }

  get openPeers(): FakePeer[] {
    return this.peers.filter((peer) => peer.socket.open);
  }

  session(id?: string): FakeSession {
    const session = id === undefined ? [...this.sessions.values()][0] : this.sessions.get(id);
    if (session === undefined) throw new Error('no such session');
    return session;
  }

  addSession(id = 'session_1_abc'): FakeSession {
    const session = new FakeSession(id);
    this.sessions.set(id, session);
    return session;
  }

  /** Sends what there is to send on every attachment. */
  flush(): void {
    for (const peer of this.openPeers) for (const channel of peer.channels.keys()) this.pump(peer, channel);
  }

  private accept(socket: FakeSocket): void {
    const peer = new FakePeer(socket, this.timers.now());
    this.peers.push(peer);
    socket.onClientMessage = (data) => (typeof data === 'string' ? this.onText(peer, data) : this.onBinary(peer, data));
    socket.onClientClose = () => peer.channels.clear();
    socket.accept();
    peer.send('welcome', {
      protocol: 1,
      server: 'fake',
      node: 'n1',
      user: { id: 'u1', email: 'u@example.org' },
      heartbeatMs: 30_000,
      limits: { maxFrameBytes: 64 * 1024, windowBytes: WINDOW_BYTES, maxChannels: 256 },
    });
  }

  private onText(peer: FakePeer, text: string): void {
    const parsed = parseClientMessage(text);
    if (!parsed.ok) {
      this.violations.push(`${parsed.reason} ${text}`);
      return;
    }
    const { message } = parsed;
    peer.received.push(message);
    switch (message.event) {
      case 'open':
        return this.open(peer, message.data);
      case 'ping':
        if (this.answersPings) peer.send('pong', message.data);
        return;
      case 'detach':
        if (!peer.channels.delete(message.data.channel)) {
          return peer.error({ code: 'no_such_channel', channel: message.data.channel });
        }
        return peer.send('detached', message.data);
      case 'resize': {
        const attachment = peer.channels.get(message.data.channel);
        if (attachment === undefined) return;
        const { cols, rows } = Object.assign(attachment.session, { cols: message.data.cols, rows: message.data.rows });
        const owner = attachment.request.writerId;
        return peer.send('resized', { ...message.data, cols, rows, owner, offset: attachment.sender.next });
      }
      case 'terminate': {
        const attachment = peer.channels.get(message.data.channel);
        if (attachment !== undefined)
          attachment.session.exit = { exitCode: null, signal: message.data.signal ?? 'HUP' };
        return this.flush();
      }
      case 'write.request':
      case 'write.answer':
      case 'write.revoke':
      case 'kick':
      case 'claude.permission.answer':
      case 'claude.continue':
      case 'claude.dismiss':
      case 'signal':
      case 'visibility':
      case 'auth.renew':
        return;
    }
  }

  private open(peer: FakePeer, request: OpenRequest): void {
    const refusal = this.onOpen(request, peer);
    if (refusal === 'ignore') return;
    const { channel } = request;
    if (refusal !== undefined) return peer.error({ channel, ...refusal });
    if (peer.channels.has(channel)) return peer.error({ code: 'channel_in_use', channel });
    const id = request.sessionId ?? `session_${this.timers.now()}_named`;
    const known = this.sessions.get(id);
    const session = known ?? this.addSession(id);
    const resume = resumeOf(session, request, known === undefined);
    const at =
      resume === 'exact'
        ? (request.offset as number)
        : resume === 'fresh' || resume === 'new-epoch'
          ? 0
          : session.output.length;
    peer.channels.set(channel, new FakeAttachment(session, session.epoch, request, new StreamSender(at)));
    const opened: Opened = {
      channel,
      sessionId: id,
      projectId: request.projectId,
      epoch: session.epoch,
      created: known === undefined,
      reused: known !== undefined,
      resume,
      offset: at,
      ...(resume === 'gap' && { lost: { from: request.offset as number, to: at } }),
      ...(session.ambiguous !== undefined && { ambiguous: session.ambiguous }),
      inputOffset: session.writers.get(request.writerId) ?? 0,
      cols: session.cols,
      rows: session.rows,
      role: request.role ?? 'writer',
      sizeOwner: null,
      title: 'fake',
    };
    peer.send('opened', opened);
    if (resume !== 'fresh' && resume !== 'exact') peer.frame(FrameType.snapshot, channel, at, `screen@${at}`);
    this.pump(peer, channel);
  }

  private onBinary(peer: FakePeer, bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    const attachment = frame === undefined ? undefined : peer.channels.get(frame.channel);
    if (frame === undefined || attachment === undefined) return;
    if (frame.type === FrameType.ack) {
      peer.acks.push({ channel: frame.channel, offset: frame.offset });
      attachment.sender.acknowledge(frame.offset);
      return this.pump(peer, frame.channel);
    }
    peer.inputs.push({ offset: frame.offset, bytes: frame.payload });
    const { session, request } = attachment;
    if (session.epoch !== attachment.epoch) return;
    const applied = session.writers.get(request.writerId) ?? 0;
    if (frame.offset > applied) {
      return peer.error({ code: 'input_gap', channel: frame.channel, inputOffset: applied });
    }
    const fresh = frame.payload.subarray(Math.min(frame.payload.length, applied - frame.offset));
    session.typed.push(...fresh);
    session.writers.set(request.writerId, applied + fresh.length);
    if (!this.acknowledgesInput) return;
    const delay = this.inputAckDelayMs();
    const acknowledge = (): void => {
      if (peer.channels.get(frame.channel) !== attachment) return;
      peer.frame(FrameType.ack, frame.channel, session.writers.get(request.writerId) ?? 0);
    };
    if (delay === 0) acknowledge();
    else this.timers.setTimeout(acknowledge, delay);
  }

  private pump(peer: FakePeer, channel: number): void {
    const attachment = peer.channels.get(channel);
    if (attachment === undefined || attachment.epoch !== attachment.session.epoch) return;
    const { session, sender } = attachment;
    const window = this.enforcesWindow ? WINDOW_BYTES : Infinity;
    for (
      let room = sender.room(session.output.length, window);
      room > 0;
      room = sender.room(session.output.length, window)
    ) {
      const size = Math.min(room, CHUNK_BYTES);
      peer.frame(
        FrameType.data,
        channel,
        sender.next,
        Uint8Array.from(session.output.slice(sender.next, sender.next + size)),
      );
      sender.advance(size);
    }
    if (session.exit !== undefined && !attachment.exitSent && sender.next === session.output.length) {
      attachment.exitSent = true;
      peer.send('exited', { channel, ...session.exit, offset: session.output.length });
    }
  }
}

function resumeOf(session: FakeSession, request: OpenRequest, created: boolean): Resume {
  if (created) return 'fresh';
  if (request.offset === undefined) return 'snapshot';
  if (request.epoch !== session.epoch) return 'new-epoch';
  return request.offset >= session.retainedFrom ? 'exact' : 'gap';
}
