import { ErrorCode } from '@holdfast/protocol';
import { FakeClock } from '../../../test/support/fake-clock';
import { DomainError } from '../../kernel/domain-error';
import type { PtyHostClient } from '../../pty-client/pty-host-client';
import type { HostOperation, HostRequests, HostSession } from '../../pty-host/wire/host-messages';
import type { SessionRepository } from '../../sessions/session.repository';
import { SessionProcesses } from '../../sessions/session-processes';
import type { ClaudeRecords } from '../records/claude-records';
import { IdleProcesses } from './idle-processes';

const HOUR = 3_600_000;
const LIMITS = { hibernateMs: HOUR, retentionMs: HOUR };

/** A host whose sessions have all waited for long enough, and a database that knows which are kept. */
class World {
  readonly hibernated: string[] = [];
  readonly sessions = new Map<string, { gateway: string; keep?: boolean; refuses?: ErrorCode }>();
  databaseIsAway = false;
  private readonly clock = new FakeClock();

  get idle(): IdleProcesses {
    const host = { request: (op: HostOperation, body: object) => this.request(op, body) } as unknown as PtyHostClient;
    const since = this.clock.now() - 2 * HOUR;
    const records = { read: () => ({ state: { state: 'waiting', since } }) } as unknown as ClaudeRecords;
    const keepByKey = (): Promise<Map<string, boolean>> => {
      if (this.databaseIsAway) return Promise.reject(new DomainError(ErrorCode.databaseUnavailable, 'away'));
      const known = [...this.sessions].filter(([, { keep }]) => keep !== undefined);
      return Promise.resolve(new Map(known.map(([key, { keep = false }]) => [key, keep])));
    };
    const repository = { keepByKey } as unknown as SessionRepository;
    const unused = undefined as never;
    return new IdleProcesses(host, new SessionProcesses(unused, host, unused, unused), records, repository, this.clock);
  }

  private request(op: HostOperation, body: object): Promise<unknown> {
    const { clock } = this;
    if (op === 'list') {
      const sessions = [...this.sessions].map(([sessionId, { gateway }]) => ({
        ...{ sessionId, labels: { gateway }, exit: null, createdAt: clock.now() - 3 * HOUR },
        ...{ idleInputMs: 2 * HOUR, idleOutputMs: 2 * HOUR, idleViewerMs: 0 },
      })) as unknown as HostSession[];
      return Promise.resolve({ sessions });
    }
    const { sessionId, ifUntypedMs } = body as HostRequests['hibernate']['body'];
    expect({ op, ifUntypedMs }).toEqual({ op: 'hibernate', ifUntypedMs: HOUR });
    const refusal = this.sessions.get(sessionId)?.refuses;
    if (refusal) return Promise.reject(new DomainError(refusal, 'refused'));
    this.hibernated.push(sessionId);
    return Promise.resolve({});
  }
}

let world: World;
beforeEach(() => (world = new World()));

it('ends what nobody needs: no shells, nothing that is kept, nothing that the database does not know', async () => {
  world.sessions.set('idle', { gateway: 'claude', keep: false });
  world.sessions.set('shell', { gateway: 'terminal', keep: false });
  world.sessions.set('kept', { gateway: 'claude', keep: true });
  world.sessions.set('unknown', { gateway: 'claude' });
  await world.idle.hibernate(LIMITS);
  expect(world.hibernated).toEqual(['idle']);
});

it('passes over one into which somebody types at this moment, or that is gone', async () => {
  world.sessions.set('typed', { gateway: 'claude', keep: false, refuses: ErrorCode.conflict });
  world.sessions.set('gone', { gateway: 'claude', keep: false, refuses: ErrorCode.sessionNotFound });
  world.sessions.set('idle', { gateway: 'claude', keep: false });
  await world.idle.hibernate(LIMITS);
  expect(world.hibernated).toEqual(['idle']);
});

it('ends nothing while the database cannot say what is kept', async () => {
  world.sessions.set('idle', { gateway: 'claude', keep: false });
  world.databaseIsAway = true;
  await expect(world.idle.hibernate(LIMITS)).rejects.toMatchObject({ code: ErrorCode.databaseUnavailable });
  expect(world.hibernated).toEqual([]);
});

it('ends nothing on a host of an earlier version, which knows no such thing, and says why', async () => {
  world.sessions.set('idle', { gateway: 'claude', keep: false, refuses: ErrorCode.badRequest });
  await expect(world.idle.hibernate(LIMITS)).rejects.toMatchObject({ code: ErrorCode.unavailable, retryable: true });
});
