import { SUSPECT_AFTER_MS, SUSPECT_POLL_MS } from './limits';
import { LinkClock } from './link-clock';
import { ManualTimers } from './testing/manual-timers';

describe('LinkClock', () => {
  it('pings every 10 s and does not spin on a clock with fractions', async () => {
    for (let i = 0; i < 300; i += 1) {
      const timers = new ManualTimers();
      await timers.advance(Math.abs(Math.sin(i)) * 1e5);
      let pings = 0;
      const clock = new LinkClock(timers, {
        ping: (t) => {
          pings += 1;
          timers.setTimeout(
            () => {
              clock.received();
              clock.ponged(t);
            },
            Math.abs(Math.cos(i)) * 240,
          );
        },
        latency: () => undefined,
        suspect: () => undefined,
        dead: () => undefined,
        awaitsAcknowledgement: () => false,
      });
      clock.start();
      await timers.advance(35_000);
      expect(pings).toBe(4);
      clock.dispose();
      expect(timers.pending).toBe(0);
    }
  });

  describe('suspects a link', () => {
    let timers: ManualTimers;
    let clock: LinkClock;
    let suspected: number[];
    let unacknowledged: boolean;
    /** How long a pong takes; undefined: none comes. */
    let answersAfter: number | undefined;

    beforeEach(async () => {
      timers = new ManualTimers();
      suspected = [];
      unacknowledged = false;
      answersAfter = 10;
      clock = new LinkClock(timers, {
        ping: (t) => {
          if (answersAfter === undefined) return;
          timers.setTimeout(() => {
            clock.received();
            clock.ponged(t);
          }, answersAfter);
        },
        latency: () => undefined,
        suspect: () => suspected.push(timers.now()),
        dead: () => undefined,
        awaitsAcknowledgement: () => unacknowledged,
      });
      clock.start();
      await timers.advance(5_000);
    });

    afterEach(() => clock.dispose());

    it('when input is unanswered for a second', async () => {
      answersAfter = undefined;
      unacknowledged = true;
      const sentAt = timers.now();
      clock.inputSent();
      await timers.advance(SUSPECT_AFTER_MS);
      expect(suspected).toEqual([]);
      await timers.advance(2 * SUSPECT_POLL_MS);
      expect((suspected[0] ?? Infinity) - sentAt).toBeLessThanOrEqual(SUSPECT_AFTER_MS + 2 * SUSPECT_POLL_MS);
    });

    it('when a ping is unanswered for a second', async () => {
      answersAfter = undefined;
      clock.probe();
      await timers.advance(SUSPECT_AFTER_MS + 2 * SUSPECT_POLL_MS);
      expect(suspected).not.toEqual([]);
    });

    it('not while a process that reads nothing leaves input unacknowledged and pings are answered', async () => {
      unacknowledged = true;
      clock.inputSent();
      await timers.advance(30_000);
      expect(suspected).toEqual([]);
    });

    it('not while output comes', async () => {
      answersAfter = undefined;
      unacknowledged = true;
      clock.inputSent();
      for (let i = 0; i < 10; i += 1) {
        await timers.advance(500);
        clock.received();
      }
      expect(suspected).toEqual([]);
    });

    it('later when it has always been slow: after four round trips', async () => {
      answersAfter = 900;
      for (let i = 0; i < 60; i += 1) {
        clock.probe();
        await timers.advance(1_000);
      }
      answersAfter = undefined;
      suspected = [];
      clock.probe();
      await timers.advance(3 * 800);
      expect(suspected).toEqual([]);
      await timers.advance(2_000);
      expect(suspected).not.toEqual([]);
    });
  });
});
