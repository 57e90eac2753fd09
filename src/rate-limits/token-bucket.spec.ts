import fc from 'fast-check';
import { TokenBucket } from './token-bucket';

describe('TokenBucket', () => {
  it('gives its burst at once, then so much for each second', () => {
    const bucket = new TokenBucket({ perSecond: 2, burst: 3 }, 0);
    expect([bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([0, 0, 0]);
    expect(bucket.take(0)).toBe(500);
    expect(bucket.take(499)).toBe(1);
    expect(bucket.take(500)).toBe(0);
    expect(bucket.take(500)).toBe(500);
  });

  it('never holds more than its burst', () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 2 }, 0);
    bucket.give();
    expect([bucket.take(1_000_000), bucket.take(1_000_000)]).toEqual([0, 0]);
    expect(bucket.take(1_000_000)).toBe(1000);
  });

  it('lets somebody owe, and says how long paying takes', () => {
    const bucket = new TokenBucket({ perSecond: 100, burst: 100 }, 0);
    expect(bucket.spend(0, 100)).toBe(0);
    expect(bucket.spend(0, 50)).toBe(500);
    expect(bucket.spend(500, 1)).toBe(10);
  });

  it('takes back what did not count', () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 1 }, 0);
    expect(bucket.take(0)).toBe(0);
    bucket.give();
    expect(bucket.take(0)).toBe(0);
  });

  it('never lets through more than burst and rate allow, whatever the rhythm', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 300 }), (pauses) => {
        const bucket = new TokenBucket({ perSecond: 10, burst: 5 }, 0);
        let [now, taken] = [0, 0];
        for (const pause of pauses) {
          now += pause;
          if (bucket.take(now) === 0) taken++;
        }
        expect(taken).toBeLessThanOrEqual(5 + now / 100);
      }),
    );
  });
});
