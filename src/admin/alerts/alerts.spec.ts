import { FakeClock } from '../../../test/support/fake-clock';
import { ServerPhase } from '../../health/server-phase';
import type { Finding } from './alert';
import { Alerts } from './alerts';

describe('Alerts', () => {
  const clock = new FakeClock();
  let findings: Finding[];
  let alerts: Alerts;

  beforeEach(() => {
    findings = [];
    alerts = new Alerts(clock, new ServerPhase());
    alerts.register(() => findings);
  });

  it('say since when something is wrong, and begin again when it was right in between', async () => {
    const wrong: Finding = { code: 'cache_degraded', message: 'x' };
    findings = [wrong];
    const [first] = await alerts.list();
    clock.advance(60_000);
    expect(await alerts.list()).toEqual([first]);
    findings = [];
    expect(await alerts.list()).toEqual([]);
    findings = [wrong];
    const [again] = await alerts.list();
    expect(Date.parse(again?.since ?? '') - Date.parse(first?.since ?? '')).toBe(60_000);
  });

  it('come with the worst first, then the oldest', async () => {
    findings = [
      { code: 'breaker_open', subject: 'redis', message: 'x', sinceMs: 2000 },
      { code: 'breaker_open', subject: 'postgres', message: 'x', sinceMs: 1000 },
      { code: 'disk_low', message: 'x', sinceMs: 3000 },
    ];
    expect((await alerts.list()).map(({ code, subject }) => subject ?? code)).toEqual([
      'disk_low',
      'postgres',
      'redis',
    ]);
  });
});
