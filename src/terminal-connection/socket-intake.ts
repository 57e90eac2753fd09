import type { WebSocket } from 'ws';
import { TokenBucket, type Rate } from '../rate-limits/token-bucket';
import { rawSocketOf } from './raw-socket';

/** A paste of four seconds' worth goes through without a pause. */
const BYTES_BURST_SECONDS = 4;
/**
 * Frames of any kind. The SDK acknowledges at most every 32 KiB, which at 100 MB/s is 3,000 in a second; people type and move
 * the mouse a hundred times. Each costs gateway and host some 20 µs.
 */
const FRAMES: Rate = { perSecond: 12_000, burst: 24_000 };
/** Text events. A socket that comes back opens at most 256 channels and says of each whether it is visible. */
const EVENTS: Rate = { perSecond: 200, burst: 2_000 };
/** Pings and pongs of the peer; at the shortest heartbeat ten pongs in a second are answers. */
const PINGS: Rate = { perSecond: 50, burst: 500 };
/** What a client has not read yet, of answers and of windows of output. Beyond it nothing of it is read either. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024;
/** Whoever floods is not wanted back sooner. */
const FLOOD_RETRY_MS = 5_000;

export type IntakeLimit = 'input-bytes' | 'input-frames' | 'input-events' | 'unread-output';

/** What the sockets of one user may send, each and together. */
export interface InputAllowance {
  /** Of each. */
  readonly bytesPerSecond: number;
  /** What all sockets of the user share. */
  readonly ofUser: { readonly bytes: TokenBucket; readonly frames: TokenBucket; readonly events: TokenBucket };
  /** Called at every hit. */
  readonly onLimit: (limit: IntakeLimit) => void;
}

export interface IntakeOptions extends InputAllowance {
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  /** The peer sends what cannot be held back: the socket is to be closed. */
  readonly onFlood: (retryAfterMs: number) => void;
}

/**
 * What one socket may send. Bytes and frames too many are held back: the socket is not read, TCP tells the client, nothing is
 * lost. Events and pings too many end it. Also answers pings, so that they cost no more than their place in this.
 */
export class SocketIntake {
  private readonly bytes: TokenBucket;
  private readonly frames: TokenBucket;
  private readonly events: TokenBucket;
  private readonly pings: TokenBucket;
  /** Why the socket is not read. */
  private readonly holds = new Set<string>();
  private ended = false;

  constructor(
    private readonly webSocket: WebSocket,
    private readonly options: IntakeOptions,
  ) {
    const { bytesPerSecond } = options;
    const now = options.now();
    this.bytes = new TokenBucket({ perSecond: bytesPerSecond, burst: BYTES_BURST_SECONDS * bytesPerSecond }, now);
    this.frames = new TokenBucket(FRAMES, now);
    this.events = new TokenBucket(EVENTS, now);
    this.pings = new TokenBucket(PINGS, now);
    webSocket.on('ping', (data: Buffer) => {
      if (this.isWithin(this.pings)) webSocket.pong(data);
    });
    webSocket.on('pong', () => this.isWithin(this.pings));
  }

  /** False: the message is not to be looked at. */
  accepts(length: number, isEvent: boolean): boolean {
    if (this.ended) return false;
    const { now, ofUser } = this.options;
    const at = now();
    this.holdFor('input-bytes', Math.max(this.bytes.spend(at, length), ofUser.bytes.spend(at, length)));
    this.holdFor('input-frames', Math.max(this.frames.spend(at), ofUser.frames.spend(at)));
    this.holdWhileUnread();
    return !isEvent || this.isWithin(this.events);
  }

  /** Whatever arrives from now on is ignored: the server has said its last word. */
  end(): void {
    this.ended = true;
  }

  /** The socket is not read before `whenOver` has called back. */
  hold(reason: string, whenOver: (release: () => void) => void): void {
    if (this.holds.has(reason)) return;
    this.holds.add(reason);
    this.webSocket.pause();
    whenOver(() => {
      this.holds.delete(reason);
      if (this.holds.size === 0) this.webSocket.resume();
    });
  }

  private isWithin(bucket: TokenBucket): boolean {
    if (this.ended) return false;
    const now = this.options.now();
    const retryAfterMs = bucket.take(now) || this.options.ofUser.events.take(now);
    if (retryAfterMs === 0) return true;
    this.options.onLimit('input-events');
    this.options.onFlood(Math.max(FLOOD_RETRY_MS, retryAfterMs));
    return false;
  }

  private holdFor(limit: IntakeLimit, ms: number): void {
    if (ms === 0 || this.holds.has(limit)) return;
    this.options.onLimit(limit);
    this.hold(limit, (release) => void setTimeout(release, ms));
  }

  /** A client that asks and never reads would have its answers pile up here. */
  private holdWhileUnread(): void {
    if (this.webSocket.bufferedAmount <= MAX_UNREAD_BYTES || this.holds.has('unread-output')) return;
    this.options.onLimit('unread-output');
    const socket = rawSocketOf(this.webSocket);
    this.hold('unread-output', (release) => void socket.once('drain', release));
  }
}
