import { Deliveries } from './deliveries';

function every(ms: number, from: number, to: number): number[] {
  return Array.from({ length: Math.floor((to - from) / ms) + 1 }, (_, index) => from + index * ms);
}

function deliveries(...times: number[]): Deliveries {
  const result = new Deliveries();
  for (const time of times) result.add(time);
  return result;
}

describe('the pause since a fault', () => {
  it('is the longest gap that was not over then, minus the usual distance', () => {
    const arrived = deliveries(...every(10, 0, 1000), ...every(10, 1150, 2000));
    expect(arrived.pauseSince(1005, 2000)).toBe(140);
  });

  it('does not count what was over before', () => {
    const arrived = deliveries(...every(10, 0, 500), ...every(10, 900, 2000));
    expect(arrived.pauseSince(1005, 2000)).toBe(0);
  });

  it('counts a pause that goes on', () => {
    expect(deliveries(...every(10, 0, 1000)).pauseSince(1005, 1500)).toBe(490);
  });

  it('counts a second, longer pause after the fault', () => {
    const arrived = deliveries(...every(10, 0, 1000), ...every(10, 1100, 1200), ...every(10, 1500, 1600));
    expect(arrived.pauseSince(1005, 1600)).toBe(290);
  });
});
