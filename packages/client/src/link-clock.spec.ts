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
});
