import fc from 'fast-check';
import { PendingLog } from './pending-log';
import { StreamReceiver } from './stream-receiver';
import { StreamSender } from './stream-sender';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('StreamSender', () => {
  test('never has more in flight than the window', () => {
    const sender = new StreamSender(10);
    expect(sender.room(100, 30)).toBe(30);
    sender.advance(30);
    expect(sender.room(100, 30)).toBe(0);
    expect(sender.room(100, 20)).toBe(0);
    expect(sender.acknowledge(25)).toBe(true);
    expect(sender.room(100, 30)).toBe(15);
    expect(sender.room(42, 30)).toBe(2);
  });

  test('takes no acknowledgement that is stale or of something that was never sent', () => {
    const sender = new StreamSender(0);
    sender.advance(10);
    expect(sender.acknowledge(11)).toBe(false);
    expect(sender.acknowledge(10)).toBe(true);
    expect(sender.acknowledge(10)).toBe(false);
    expect(sender.acknowledge(3)).toBe(false);
    expect(sender.acked).toBe(10);
  });

  test('starts again where it is told', () => {
    const sender = new StreamSender(0);
    sender.advance(10);
    sender.restart(4);
    expect([sender.next, sender.acked, sender.inFlight]).toEqual([4, 4, 0]);
  });
});

describe('StreamReceiver', () => {
  test('delivers what follows, drops what it has, and asks for what is missing', () => {
    const receiver = new StreamReceiver(5);
    expect(receiver.accept(5, bytes('abc'))).toEqual({ kind: 'deliver', bytes: bytes('abc') });
    expect(receiver.accept(5, bytes('abc'))).toEqual({ kind: 'duplicate' });
    expect(receiver.accept(9, bytes('x'))).toEqual({ kind: 'gap' });
    expect(receiver.accept(6, bytes('bcd'))).toEqual({ kind: 'deliver', bytes: bytes('d') });
    expect(receiver.accept(9, bytes(''))).toEqual({ kind: 'duplicate' });
    expect(receiver.next).toBe(9);
  });
});

describe('PendingLog', () => {
  test('keeps what is not acknowledged', () => {
    const log = new PendingLog(100);
    log.append(bytes('hello '));
    log.append(bytes('world'));
    log.append(bytes(''));
    log.trim(103);
    expect([log.start, log.end, log.size]).toEqual([103, 111, 8]);
    expect(log.read(103, 10)).toEqual(bytes('lo '));
    expect(log.read(107, 2)).toEqual(bytes('or'));
    log.trim(50);
    expect(log.start).toBe(103);
    expect(log.drain()).toEqual(bytes('lo world'));
    expect([log.start, log.end, log.size]).toEqual([111, 111, 0]);
  });

  test('gives nothing that it does not hold', () => {
    const log = new PendingLog();
    log.append(bytes('abc'));
    log.trim(2);
    expect(log.read(0, 10)).toHaveLength(0);
    expect(log.read(3, 10)).toHaveLength(0);
    log.trim(99);
    expect([log.start, log.end]).toEqual([3, 3]);
  });
});

/** What a lossy, reordering, duplicating path does to the frames of one connection. */
const harms = fc.array(
  fc.record({
    /** Bytes the sender puts into its frames on this connection. */
    frame: fc.integer({ min: 1, max: 40 }),
    window: fc.integer({ min: 1, max: 200 }),
    drops: fc.array(fc.boolean(), { maxLength: 20 }),
    swaps: fc.array(fc.nat(), { maxLength: 10 }),
    repeats: fc.array(fc.nat(), { maxLength: 10 }),
    /** Acknowledgements that never arrive. */
    lostAcks: fc.array(fc.boolean(), { maxLength: 20 }),
  }),
  { minLength: 1, maxLength: 12 },
);

test('however connections cut, repeat and reorder frames, the receiver has exactly the bytes of the sender', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 600 }),
      fc.array(fc.integer({ min: 1, max: 50 })),
      harms,
      (data, writes, connections) => {
        const log = new PendingLog();
        let at = 0;
        for (const size of writes) {
          log.append(data.subarray(at, at + size));
          at = Math.min(data.length, at + size);
        }
        log.append(data.subarray(at));
        const receiver = new StreamReceiver();
        const received: number[] = [];
        const sender = new StreamSender(0);

        // The last connection is a good one.
        const good = { frame: 30, window: 100, drops: [], swaps: [], repeats: [], lostAcks: [] };
        for (const harm of [...connections, good]) {
          // A new connection: the receiver says what it has.
          sender.restart(receiver.next);
          log.trim(receiver.next);
          for (let round = 0; sender.room(log.end, harm.window) > 0 && round < 1000; round++) {
            const frames: { offset: number; bytes: Uint8Array }[] = [];
            for (let room; (room = Math.min(harm.frame, sender.room(log.end, harm.window))) > 0;) {
              const piece = log.read(sender.next, room);
              frames.push({ offset: sender.next, bytes: piece });
              sender.advance(piece.length);
            }
            expect(sender.inFlight).toBeLessThanOrEqual(harm.window);
            const sent = frames.filter((_, index) => !harm.drops[index + round]);
            for (const index of harm.repeats)
              if (sent.length > 0) sent.push(sent[index % sent.length] as (typeof sent)[number]);
            for (const index of harm.swaps)
              if (sent.length > 1) sent.splice(index % sent.length, 0, sent.shift() as (typeof sent)[number]);
            for (const frame of sent) {
              const accepted = receiver.accept(frame.offset, frame.bytes);
              if (accepted.kind === 'deliver') received.push(...accepted.bytes);
            }
            if (harm.lostAcks[round] || !sender.acknowledge(receiver.next)) break;
            log.trim(receiver.next);
          }
        }
        expect(Uint8Array.from(received)).toEqual(data);
        expect(log.size).toBe(0);
      },
    ),
    { numRuns: 500 },
  );
});
