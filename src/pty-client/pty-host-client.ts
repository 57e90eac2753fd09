import type net from 'node:net';
import { ErrorCode, decodeFrame } from '@holdfast/protocol';
import type { CircuitBreaker } from '../circuit-breaker/circuit-breaker';
import { DomainError } from '../kernel/domain-error';
import { TypedEvents } from '../kernel/typed-events';
import { HOST_BUILD } from '../pty-host/wire/host-build';
import { Deframer, FrameLengthError, HostFrameType, LENGTH_BYTES, encodeHostJson } from '../pty-host/wire/host-frames';
import {
  HOST_PROTOCOL,
  type Attached,
  type HostOperation,
  type HostRefusal,
  type HostRequests,
  type HostWideEvents,
} from '../pty-host/wire/host-messages';
import { HostAttachment, type AttachmentListener, type AttachmentWire } from './host-attachment';
import type { HostProcess } from './host-process';

type Hello = HostRequests['hello']['answer'];

export interface PtyHostEvents extends HostWideEvents {
  connected: Hello;
  disconnected: undefined;
}

/** A broker restart takes about 100 ms; who waits longer than this is told that the host is away. */
const PATIENCE_MS = 5_000;
/** Requests without an answer. Each open makes two or three. */
const MAX_PENDING_REQUESTS = 10_000;
/** Input that waits for the host to read it; beyond it, sockets are paused. */
const CONGESTED_BYTES = 4 * 1024 * 1024;
/** A broker that ends right after accepting must not be dialled in a tight loop. */
const REDIAL_MS = 20;

interface Pending {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  /** For `attach`: handles the answer before the output that follows it is looked at. */
  readonly attachment?: HostAttachment;
}

/**
 * The gateway's one multiplexed connection to the PTY host. It connects by itself, for ever; while it is away, requests wait
 * for a few seconds and are then refused.
 */
export class PtyHostClient implements AttachmentWire {
  readonly events = new TypedEvents<PtyHostEvents>();
  private socket: net.Socket | undefined;
  private hello: Hello | undefined;
  private readonly pending = new Map<number, Pending>();
  private readonly attachments = new Map<number, HostAttachment>();
  private readonly waiting = new Set<() => void>();
  private requests = 0;
  private channels = 0;
  private closed = false;
  private rolledFor: number | undefined;

  constructor(
    private readonly host: HostProcess,
    private readonly breaker: CircuitBreaker,
  ) {}

  /** Starts connecting, and the host when there is none. */
  open(): void {
    void this.dial();
  }

  get connected(): boolean {
    return this.hello !== undefined;
  }

  /** What the host said of itself, while connected. */
  get identity(): Hello | undefined {
    return this.hello;
  }

  get congested(): boolean {
    return (this.socket?.writableLength ?? 0) > CONGESTED_BYTES;
  }

  /** Calls back once the host took what waits, or when the connection broke. */
  whenUncongested(done: () => void): void {
    const { socket } = this;
    if (!socket) return done();
    const finish = (): void => {
      socket.off('drain', finish);
      socket.off('close', finish);
      done();
    };
    socket.once('drain', finish);
    socket.once('close', finish);
  }

  /** Resolves once connected; rejects with `host_unavailable` after `PATIENCE_MS`, or at once behind the open circuit. */
  ready(): Promise<void> {
    if (this.hello) return Promise.resolve();
    const admission = this.breaker.admit();
    if (!admission.admitted) return Promise.reject(unavailable(admission.retryAfterMs));
    return new Promise((resolve, reject) => {
      const arrived = (): void => {
        clearTimeout(timer);
        this.waiting.delete(arrived);
        if (this.hello) return resolve();
        if (!this.closed) admission.permit.failed();
        reject(unavailable());
      };
      const timer = setTimeout(arrived, PATIENCE_MS);
      this.waiting.add(arrived);
    });
  }

  async request<K extends HostOperation>(
    op: K,
    body: HostRequests[K]['body'],
    channel = 0,
  ): Promise<HostRequests[K]['answer']> {
    if (channel === 0) await this.ready();
    return this.ask(op, body, channel);
  }

  /** The listener hears of the answer, then of everything that follows. */
  attach(body: HostRequests['attach']['body'], listener: AttachmentListener): HostAttachment {
    const channel = (this.channels = (this.channels % 0xffffffff) + 1);
    const attachment = new HostAttachment(channel, listener, this);
    this.ready()
      .then(async () => {
        if (attachment.isOver) return;
        this.attachments.set(channel, attachment);
        await this.ask('attach', body, channel, attachment);
      })
      .catch((error: Error) => attachment.refuse(error instanceof DomainError ? error : unavailable(undefined, error)));
    return attachment;
  }

  /** What is written in one turn goes in one piece: hundreds of clients may come back in it. */
  write(frame: Buffer): void {
    const { socket } = this;
    if (!socket) return;
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    socket.write(frame);
  }

  forget(channel: number): void {
    this.attachments.delete(channel);
  }

  close(): void {
    this.closed = true;
    this.host.close();
    this.socket?.destroy();
    for (const wake of [...this.waiting]) wake();
  }

  private ask<K extends HostOperation>(
    op: K,
    body: HostRequests[K]['body'],
    channel: number,
    attachment?: HostAttachment,
  ): Promise<HostRequests[K]['answer']> {
    if (!this.socket || this.pending.size >= MAX_PENDING_REQUESTS) return Promise.reject(unavailable());
    const number = ++this.requests;
    const answer = new Promise<HostRequests[K]['answer']>((resolve, reject) => {
      this.pending.set(number, { resolve: resolve as (value: unknown) => void, reject, attachment });
    });
    this.write(encodeHostJson(HostFrameType.request, channel, number, { op, body }));
    return answer;
  }

  private async dial(): Promise<void> {
    while (!this.closed) {
      const socket = await this.host.connect().catch(() => undefined);
      if (!socket) return;
      const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      this.socket = socket;
      const deframer = new Deframer((frame) => this.onFrame(frame));
      socket.on('data', (chunk) => {
        try {
          deframer.push(chunk);
        } catch (error) {
          if (!(error instanceof FrameLengthError)) throw error;
          socket.destroy();
        }
      });
      // One for each socket that waits for this one.
      socket.setMaxListeners(0);
      socket.on('error', () => undefined);
      this.ask('hello', { ...HOST_PROTOCOL, build: HOST_BUILD }, 0).then(
        (hello) => this.onHello(hello),
        () => socket.destroy(),
      );
      await gone;
      this.onGone();
      await new Promise((resolve) => setTimeout(resolve, REDIAL_MS));
    }
  }

  private onHello(hello: Hello): void {
    this.hello = hello;
    // It dials by itself all the time, so nothing better than this can be known.
    this.breaker.reset();
    for (const wake of [...this.waiting]) wake();
    this.events.emit('connected', hello);
    // An older broker was left by the previous installation: the keeper starts the new one, and no shell notices.
    if (HOST_BUILD !== 'dev' && hello.build !== HOST_BUILD && this.rolledFor !== hello.keeperPid) {
      this.rolledFor = hello.keeperPid;
      this.ask('roll', {}, 0).catch(() => undefined);
    }
  }

  private onGone(): void {
    const wasConnected = this.hello !== undefined;
    this.socket = undefined;
    this.hello = undefined;
    const { pending, attachments } = this;
    for (const { reject } of [...pending.values()]) reject(unavailable());
    pending.clear();
    // An attach without an answer is refused by its request; the others are lost.
    const lost = [...attachments.values()].filter((attachment) => attachment.attached);
    attachments.clear();
    if (wasConnected) this.events.emit('disconnected', undefined);
    for (const attachment of lost) attachment.lost();
  }

  private onFrame(bytes: Buffer): void {
    const frame = decodeFrame(bytes.subarray(LENGTH_BYTES));
    if (!frame) return;
    const { type, channel, offset, payload } = frame;
    switch (type) {
      case HostFrameType.reply:
      case HostFrameType.bytes:
      case HostFrameType.refusal:
        return this.onAnswer(type, offset, Buffer.from(payload.buffer, payload.byteOffset, payload.length));
      case HostFrameType.event:
        if (channel === 0) return this.onHostEvent(payload);
    }
    this.attachments.get(channel)?.receive(bytes);
  }

  private onAnswer(type: number, number: number, payload: Buffer): void {
    const pending = this.pending.get(number);
    if (!pending) return;
    this.pending.delete(number);
    if (type === HostFrameType.bytes) return pending.resolve(Buffer.from(payload));
    const body: unknown = JSON.parse(payload.toString());
    if (type === HostFrameType.refusal) {
      const { code, message, details } = body as HostRefusal;
      return pending.reject(
        new DomainError(code as ErrorCode, message, { retryable: code === ErrorCode.hostUnavailable, details }),
      );
    }
    pending.attachment?.begin(body as Attached);
    pending.resolve(body);
  }

  private onHostEvent(payload: Uint8Array): void {
    const { event, data } = JSON.parse(Buffer.from(payload).toString()) as {
      event: keyof HostWideEvents;
      data: HostWideEvents[keyof HostWideEvents];
    };
    this.events.emit(event, data);
  }
}

/** `blockedForMs`: an open circuit refused, nothing was tried. */
function unavailable(blockedForMs?: number, cause?: unknown): DomainError {
  return new DomainError(
    ErrorCode.hostUnavailable,
    'The PTY host is not reachable; running terminals go on. Try again shortly.',
    {
      retryable: true,
      retryAfterMs: blockedForMs ?? 1_000,
      ...(blockedForMs !== undefined && { details: { circuit: 'pty-host' } }),
      cause,
    },
  );
}
