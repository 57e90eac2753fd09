import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import { FakeClock } from '../../test/support/fake-clock';
import { TokenBucket } from '../rate-limits/token-bucket';
import { SocketIntake } from './socket-intake';

const MIB = 1024 * 1024;
const PLENTY = { perSecond: 1e9, burst: 1e9 };

class FakeSocket extends EventEmitter {
  bufferedAmount = 0;
  isPaused = false;
  readonly _socket = new EventEmitter();
  readonly pongs: string[] = [];

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  pong(data: Buffer): void {
    this.pongs.push(data.toString());
  }
}

function setUp(userEvents = PLENTY) {
  jest.useFakeTimers();
  const [socket, clock] = [new FakeSocket(), new FakeClock(0)];
  const limits: string[] = [];
  const floods: number[] = [];
  const [bytes, frames, events] = [PLENTY, PLENTY, userEvents].map((rate) => new TokenBucket(rate, 0));
  if (!bytes || !frames || !events) throw new Error('three buckets');
  const intake = new SocketIntake(socket as unknown as WebSocket, {
    bytesPerSecond: MIB,
    ofUser: { bytes, frames, events },
    now: () => clock.monotonic(),
    onLimit: (limit) => limits.push(limit),
    onFlood: (retryAfterMs) => {
      floods.push(retryAfterMs);
      intake.end();
    },
  });
  const pass = (ms: number): void => {
    clock.advance(ms);
    jest.advanceTimersByTime(ms);
  };
  return { socket, intake, limits, floods, pass };
}

afterEach(() => void jest.useRealTimers());

describe('SocketIntake', () => {
  it('lets a paste through, holds more of it back, and loses none of it', () => {
    const { socket, intake, limits, floods, pass } = setUp();
    for (let pieces = 0; pieces < 64; pieces++) expect(intake.accepts(MIB / 16, false)).toBe(true);
    expect(socket.isPaused).toBe(false);
    // What the kernel had delivered already still counts, and waits.
    expect(intake.accepts(MIB / 16, false)).toBe(true);
    expect(socket.isPaused).toBe(true);
    expect(intake.accepts(MIB / 16, false)).toBe(true);
    pass(62);
    expect(socket.isPaused).toBe(true);
    pass(1);
    expect(socket.isPaused).toBe(false);
    expect([limits, floods]).toEqual([['input-bytes'], []]);
  });

  it('holds back frames without number, however small', () => {
    const { socket, intake, limits } = setUp();
    for (let frames = 0; frames < 24_000; frames++) intake.accepts(13, false);
    expect(socket.isPaused).toBe(false);
    expect(intake.accepts(13, false)).toBe(true);
    expect(socket.isPaused).toBe(true);
    expect(limits).toEqual(['input-frames']);
  });

  it('reports a flood of events once, and looks at nothing that comes after it', () => {
    const { intake, limits, floods } = setUp();
    let accepted = 0;
    for (let events = 0; events < 10_000; events++) if (intake.accepts(100, true)) accepted++;
    expect([accepted, limits, floods]).toEqual([2_000, ['input-events'], [5_000]]);
    expect(intake.accepts(100, false)).toBe(false);
  });

  it('counts the events of all sockets of a user', () => {
    const { intake, floods } = setUp({ perSecond: 1, burst: 3 });
    expect([1, 2, 3, 4].map(() => intake.accepts(100, true))).toEqual([true, true, true, false]);
    expect(floods).toHaveLength(1);
  });

  it('answers pings, and takes ten thousand of them for a flood', () => {
    const { socket, floods } = setUp();
    for (let pings = 0; pings < 10_000; pings++) socket.emit('ping', Buffer.from('hello'));
    expect(socket.pongs).toHaveLength(500);
    expect(floods).toEqual([5_000]);
  });

  it('does not read a client that does not read', () => {
    const { socket, intake, limits } = setUp();
    socket.bufferedAmount = 8 * MIB + 1;
    expect(intake.accepts(100, false)).toBe(true);
    expect(socket.isPaused).toBe(true);
    socket._socket.emit('drain');
    expect(socket.isPaused).toBe(false);
    expect(limits).toEqual(['unread-output']);
  });

  it('reads again when the last reason is gone', () => {
    const { socket, intake } = setUp();
    const releases: (() => void)[] = [];
    for (const reason of ['one', 'other', 'one']) intake.hold(reason, (release) => releases.push(release));
    expect(releases).toHaveLength(2);
    releases[0]?.();
    expect(socket.isPaused).toBe(true);
    releases[1]?.();
    expect(socket.isPaused).toBe(false);
  });
});
