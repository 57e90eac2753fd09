import { FakeClock } from '../../test/support/fake-clock';
import { CircuitBreakers } from '../circuit-breaker/circuit-breakers';
import { databaseUnavailable } from '../infrastructure/database/database-errors';
import { DomainError } from '../kernel/domain-error';
import { OpenAttempts } from './open-attempts';

const KEY = 'session_1_a:p';
const SETTINGS = { threshold: 5, windowMs: 60_000, resetTimeoutMs: 30_000 };

function setUp() {
  const clock = new FakeClock();
  const breakers = new CircuitBreakers(SETTINGS, clock);
  const attempts = new OpenAttempts(breakers);
  const fail = (error: Error, times = 5) =>
    Promise.allSettled(Array.from({ length: times }, () => attempts.run(KEY, () => Promise.reject(error))));
  return { clock, breakers, attempts, fail };
}

describe('OpenAttempts', () => {
  it.each([
    ['launch_failed', new DomainError('launch_failed', 'no such program')],
    ['host_unavailable', new DomainError('host_unavailable', 'away')],
    ['database_unavailable', databaseUnavailable()],
    ['a mistake', new Error('a mistake')],
  ])('open the circuit after five failures of the server: %s', async (_, error) => {
    const { attempts, fail } = setUp();
    await fail(error);
    const attempt = jest.fn(() => Promise.resolve('opened'));
    await expect(attempts.run(KEY, attempt)).rejects.toMatchObject({ code: 'circuit_open', retryable: true });
    expect(attempt).not.toHaveBeenCalled();
    expect(attempts.blockedForMs(KEY)).toBe(30_000);
    await expect(attempts.run('session_2_b:p', attempt)).resolves.toBe('opened');
  });

  it.each([
    ['bad_session_id', new DomainError('bad_session_id', 'bad')],
    ['forbidden', new DomainError('forbidden', 'no')],
    ['session_limit', new DomainError('session_limit', 'full')],
    ['unavailable', new DomainError('unavailable', 'not yet')],
    ['what an open circuit refused', databaseUnavailable({ details: { circuit: 'postgres' } })],
  ])('never open it for anything else: %s', async (_, error) => {
    const { attempts, fail } = setUp();
    await fail(error, 20);
    await expect(attempts.run(KEY, () => Promise.resolve('opened'))).resolves.toBe('opened');
  });

  it('make one probe after half a minute, which decides', async () => {
    const { attempts, fail, clock } = setUp();
    await fail(new DomainError('launch_failed', 'x'));
    clock.advance(30_000);
    const [probe, other] = await Promise.allSettled([
      attempts.run(KEY, () => Promise.resolve('opened')),
      attempts.run(KEY, () => Promise.resolve('opened')),
    ]);
    expect([probe.status, other.status]).toEqual(['fulfilled', 'rejected']);
    await expect(attempts.run(KEY, () => Promise.resolve('opened'))).resolves.toBe('opened');
  });

  it('say when to try again', async () => {
    const { attempts, fail } = setUp();
    await fail(new DomainError('launch_failed', 'x'), 4);
    const error = new DomainError('launch_failed', 'x');
    await expect(attempts.run(KEY, () => Promise.reject(error))).rejects.toMatchObject({
      code: 'launch_failed',
      options: { retryAfterMs: 30_000 },
    });
  });

  it('asks about a session without remembering it', () => {
    const { attempts, breakers } = setUp();
    expect(attempts.blockedForMs(KEY)).toBe(0);
    expect(breakers.find(KEY)).toBeUndefined();
  });
});
