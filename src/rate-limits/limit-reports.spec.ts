import { loadConfig } from '../../config/environment';
import { FakeClock } from '../../test/support/fake-clock';
import { MemoryAuditLog } from '../audit/memory-audit-log';
import { LimitReports } from './limit-reports';
import { RateLimits } from './rate-limits';

it('reports each kind and key once a minute, with the address or the user in their places; nothing of what was only held back', () => {
  const [clock, audit] = [new FakeClock(), new MemoryAuditLog()];
  const machine = {
    hostName: 'box',
    workingDirectory: '/srv/app',
    searchPath: '/usr/bin',
    loginShell: () => undefined,
  };
  const limits = new RateLimits(clock, loadConfig({}, machine));
  const reports = new LimitReports(limits, audit, clock);
  for (let i = 0; i < 100; i++) limits.note('tcp-address', '192.0.2.1');
  limits.note('tcp-address', '192.0.2.2');
  limits.note('input-events', 'user');
  limits.note('input-bytes', 'user');
  expect(audit.entries).toMatchObject([
    { code: 'limit.hit', outcome: 'refused', reason: 'tcp-address', source: { ip: '192.0.2.1' } },
    { source: { ip: '192.0.2.2' } },
    { reason: 'input-events', actor: { userId: 'user' } },
  ]);
  clock.advance(60_000);
  limits.note('tcp-address', '192.0.2.1');
  expect(audit.entries).toHaveLength(4);
  reports.onModuleDestroy();
  limits.note('tcp-address', '192.0.2.3');
  expect(audit.entries).toHaveLength(4);
});
