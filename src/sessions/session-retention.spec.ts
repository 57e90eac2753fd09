import { ErrorCode } from '@holdfast/protocol';
import { FakeClock } from '../../test/support/fake-clock';
import { loadConfig } from '../../config/environment';
import { DomainError } from '../kernel/domain-error';
import type { HostOperation, HostRequests, HostSession } from '../pty-host/wire/host-messages';
import type { PtyHostClient } from '../pty-client/pty-host-client';
import type { RuntimeSettings } from '../settings/runtime-settings';
import { initialSettings } from '../settings/settings';
import { SessionRetention } from './session-retention';
import type { SessionRepository } from './session.repository';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const config = loadConfig({ SESSION_RETENTION_MINUTES: '30', SESSION_ENDED_RETENTION_DAYS: '7', NODE_NAME: 'here' });

interface Row {
  keep: boolean;
  /** Days ago; absent: it runs. */
  endedDaysAgo?: number;
  node?: string;
}

/** A host and a database that only know what this test is about. */
class World {
  readonly clock = new FakeClock();
  readonly terminated: string[] = [];
  readonly rows = new Map<string, Row>();
  readonly onHost = new Map<string, { output: number; viewer: number; attachments: number; ended: boolean }>();
  databaseIsAway = false;
  /** Is opened by somebody between our look and our request. */
  opened: string | undefined;

  readonly retention = new SessionRetention(
    config,
    this.clock,
    this.repository() as unknown as SessionRepository,
    { request: (op: HostOperation, body: object) => this.request(op, body) } as unknown as PtyHostClient,
    { current: initialSettings(config) } as RuntimeSettings,
  );

  running(id: string, row: Row | undefined, outputMinutes: number, viewerMinutes: number, attachments = 0): void {
    if (row) this.rows.set(id, row);
    this.onHost.set(id, { output: outputMinutes, viewer: viewerMinutes, attachments, ended: false });
  }

  ended(id: string, row: Row): void {
    this.rows.set(id, row);
    this.onHost.set(id, { output: 0, viewer: 0, attachments: 0, ended: true });
  }

  private repository(): Partial<SessionRepository> {
    const here = (): void => {
      if (this.databaseIsAway) throw new DomainError(ErrorCode.databaseUnavailable, 'away');
    };
    const due =
      (before: Date) =>
      ([, row]: [string, Row]) =>
        (row.node ?? 'here') === 'here' &&
        row.endedDaysAgo !== undefined &&
        !row.keep &&
        this.clock.now() - row.endedDaysAgo * DAY < before.getTime();
    return {
      keepByKey: async (keys) => {
        await Promise.resolve();
        here();
        return new Map(keys.flatMap((key) => (this.rows.has(key) ? [[key, this.rows.get(key)?.keep ?? false]] : [])));
      },
      endedBefore: async (_node, before, limit) => {
        await Promise.resolve();
        here();
        return [...this.rows]
          .filter(due(before))
          .slice(0, limit)
          .map(([key]) => key);
      },
      removeEnded: async (key) => {
        await Promise.resolve();
        here();
        this.rows.delete(key);
      },
    };
  }

  private async request(op: HostOperation, body: object): Promise<unknown> {
    await Promise.resolve();
    const { sessionId } = body as { sessionId: string };
    const session = this.onHost.get(sessionId);
    switch (op) {
      case 'list':
        return {
          sessions: [...this.onHost].map(([id, { output, viewer, attachments, ended }]) => ({
            sessionId: id,
            idleOutputMs: output * MINUTE,
            idleViewerMs: viewer * MINUTE,
            attachments,
            exit: ended ? {} : null,
          })) as unknown as HostSession[],
        };
      case 'terminate': {
        const { ifIdleMs } = body as HostRequests['terminate']['body'];
        expect(ifIdleMs).toBe(30 * MINUTE);
        if (this.opened === sessionId) throw new DomainError(ErrorCode.conflict, 'in use');
        this.terminated.push(sessionId);
        return {};
      }
      case 'remove':
        if (!session) throw new DomainError(ErrorCode.sessionNotFound, 'gone');
        if (!session.ended) throw new DomainError(ErrorCode.conflict, 'runs');
        this.onHost.delete(sessionId);
        return {};
      default:
        throw new Error(`unexpected ${op}`);
    }
  }
}

describe('a running session', () => {
  it('is ended when it neither printed anything nor was watched for the whole time', async () => {
    const world = new World();
    world.running('due', { keep: false }, 31, 30);
    world.running('printed', { keep: false }, 29, 500);
    world.running('watched until lately', { keep: false }, 500, 29);
    world.running('watched', { keep: false }, 500, 0, 1);
    world.running('kept', { keep: true }, 500, 500);
    world.running('unknown here', undefined, 500, 500);
    await world.retention.sweep();
    expect(world.terminated).toEqual(['due']);
  });

  it('is left alone while the database cannot say whether it is kept', async () => {
    const world = new World();
    world.running('due', { keep: false }, 31, 30);
    world.databaseIsAway = true;
    await world.retention.sweep();
    expect(world.terminated).toEqual([]);
    world.databaseIsAway = false;
    await world.retention.sweep();
    expect(world.terminated).toEqual(['due']);
  });

  it('that is opened at this moment lives on, and the others are still ended', async () => {
    const world = new World();
    world.running('opened', { keep: false }, 31, 31);
    world.running('due', { keep: false }, 31, 31);
    world.opened = 'opened';
    await world.retention.sweep();
    expect(world.terminated).toEqual(['due']);
  });
});

describe('an ended session', () => {
  it('is removed with its transcript some days later, unless it is kept or another node has it', async () => {
    const world = new World();
    world.ended('old', { keep: false, endedDaysAgo: 8 });
    world.ended('young', { keep: false, endedDaysAgo: 6 });
    world.ended('kept', { keep: true, endedDaysAgo: 100 });
    world.ended('elsewhere', { keep: false, endedDaysAgo: 100, node: 'there' });
    await world.retention.sweep();
    expect([...world.rows.keys()]).toEqual(['young', 'kept', 'elsewhere']);
    expect([...world.onHost.keys()]).toEqual(['young', 'kept', 'elsewhere']);
    world.clock.advance(2 * DAY);
    world.rows.set('young', { keep: false, endedDaysAgo: 8 });
    await world.retention.sweep();
    expect([...world.rows.keys()]).toEqual(['kept', 'elsewhere']);
  });

  it('whose transcript is gone already loses its record, and one that runs again keeps it', async () => {
    const world = new World();
    world.rows.set('gone', { keep: false, endedDaysAgo: 8 });
    world.running('again', { keep: false, endedDaysAgo: 8 }, 0, 0);
    await world.retention.sweep();
    expect([...world.rows.keys()]).toEqual(['again']);
  });

  it('is swept by any number of processes without harm', async () => {
    const world = new World();
    world.ended('old', { keep: false, endedDaysAgo: 8 });
    world.running('due', { keep: false }, 31, 30);
    await Promise.all([world.retention.sweep(), world.retention.sweep(), world.retention.sweep()]);
    expect([...world.rows.keys()]).toEqual(['due']);
  });
});
