import { TypedEvents } from '../kernel/typed-events';
import type { GatewayProcess } from './gateway-process';
import { Stalls } from './stalls';

/** A gateway that answers while the test wants it to. */
class FakeGateway {
  readonly events: GatewayProcess['events'] = new TypedEvents();
  readonly state = 'serving';
  answers = true;

  ping(): void {
    if (this.answers) this.events.emit('heard', undefined);
  }
}

let gateway: FakeGateway;
let told: string[];
let stalls: Stalls<FakeGateway>;

beforeEach(() => {
  jest.useFakeTimers();
  gateway = new FakeGateway();
  told = [];
  stalls = new Stalls(() => [gateway], {
    onStalled: () => told.push('stalled'),
    onRecovered: () => told.push('recovered'),
    onHopeless: () => told.push('hopeless'),
  });
});
afterEach(() => {
  stalls.dispose();
  jest.useRealTimers();
});

it('notices within 1.5 s that a gateway hangs, and that it is back', () => {
  jest.advanceTimersByTime(10_000);
  gateway.answers = false;
  jest.advanceTimersByTime(1_000);
  expect([told, stalls.has(gateway)]).toEqual([[], false]);
  jest.advanceTimersByTime(500);
  expect([told, stalls.has(gateway)]).toEqual([['stalled'], true]);
  gateway.answers = true;
  jest.advanceTimersByTime(250);
  expect([told, stalls.has(gateway)]).toEqual([['stalled', 'recovered'], false]);
});

it('gives up a gateway that hangs for half a minute', () => {
  jest.advanceTimersByTime(1_000);
  gateway.answers = false;
  jest.advanceTimersByTime(29_000);
  expect(told).toEqual(['stalled']);
  jest.advanceTimersByTime(2_000);
  expect(told[1]).toBe('hopeless');
});

it('blames nobody after it was held up itself', () => {
  jest.advanceTimersByTime(1_000);
  // The clock goes on, the timers do not: this process did not get the processor, and heard nobody.
  gateway.answers = false;
  jest.setSystemTime(Date.now() + 10_000);
  const now = performance.now();
  jest.spyOn(performance, 'now').mockImplementation(() => now + 10_000);
  jest.advanceTimersByTime(250);
  jest.restoreAllMocks();
  expect(told).toEqual([]);
});
