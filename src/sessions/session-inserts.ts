import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { Grouped } from '../kernel/grouped';
import { RuntimeSettings } from '../settings/runtime-settings';
import { storageKey } from './session-ids';
import { refusalAtLimit, type SessionLimits } from './session-limit';
import type { SessionEntity, SessionGateway } from './session.entity';

export interface NewSession {
  readonly id: string;
  readonly projectId: string;
  readonly ownerId: string;
  /** The node whose PTY host is asked for the process. */
  readonly hostId: string;
  readonly gateway: SessionGateway;
  readonly profile: string;
  readonly cols: number;
  readonly rows: number;
}

/** How many run before any of a group is inserted. */
interface Running {
  readonly project: number;
  readonly total: number;
  /** By owner. */
  readonly users: Readonly<Record<string, number>>;
}

/** One for all projects, because one of the limits is everybody's. */
const LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('holdfast:sessions', 0))`;

/** $1: project, $2: owners. */
const RUNNING = `
  WITH alive AS (SELECT project_id, owner_id FROM sessions WHERE status <> 'ended')
  SELECT count(*)::int AS total, count(*) FILTER (WHERE project_id = $1)::int AS project,
         (SELECT coalesce(jsonb_object_agg(owner_id, running), '{}')
          FROM (SELECT owner_id, count(*)::int AS running FROM alive WHERE owner_id = ANY($2) GROUP BY 1) AS owners) AS users
  FROM alive`;

/** $1: project, $2: sessions as JSON. */
const INSERT = `
  INSERT INTO sessions (storage_key, id, project_id, owner_id, host_id, gateway, profile, cols, rows, status)
  SELECT storage_key, id, $1, owner_id, host_id, gateway, profile, cols, rows, 'starting'
  FROM jsonb_to_recordset($2::jsonb) AS new (
    storage_key text, id text, owner_id uuid, host_id text, gateway text, profile text, cols int, rows int
  )`;

/**
 * New sessions take turns, on all nodes: at a limit, the count must not change between the look and the insert. Those of a project
 * that come while a commit is under way share the next one.
 */
@Injectable()
export class SessionInserts {
  private readonly groups = new Grouped<NewSession, Error | undefined>((projectId, sessions) =>
    this.insertAll(projectId, sessions),
  );

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly settings: RuntimeSettings,
  ) {}

  /** Does nothing when the session exists, so any number of gateways may insert the same one. Throws `session_limit`. */
  async insert(session: NewSession): Promise<void> {
    const refusal = await this.groups.run(session.projectId, session);
    if (refusal) throw refusal;
  }

  /** For one that has ended and is started again. Throws `session_limit`. */
  async assertRoom({ projectId, ownerId }: Pick<SessionEntity, 'projectId' | 'ownerId'>): Promise<void> {
    const { project, total, users } = await running(this.dataSource.manager, projectId, [ownerId]);
    const refusal = refusalAtLimit(this.limits, { project, total, user: users[ownerId] ?? 0 });
    if (refusal) throw refusal;
  }

  private get limits(): SessionLimits {
    const { sessionsPerProject: project, sessionsPerUser: user, sessionsTotal: total } = this.settings.current;
    return { project, user, total };
  }

  private insertAll(projectId: string, sessions: readonly NewSession[]): Promise<(Error | undefined)[]> {
    const keys = sessions.map(({ id }) => storageKey(id, projectId));
    return this.dataSource.transaction(async (manager) => {
      await manager.query(LOCK);
      const known = await manager.query<{ storage_key: string }[]>(
        'SELECT storage_key FROM sessions WHERE storage_key = ANY($1)',
        [keys],
      );
      const there = new Set(known.map((row) => row.storage_key));
      const owners = [...new Set(sessions.map(({ ownerId }) => ownerId))];
      const room = new Room(this.limits, await running(manager, projectId, owners));
      const rows = new Map<string, object>();
      const refusals = sessions.map((session) => {
        const key = storageKey(session.id, projectId);
        if (there.has(key)) return undefined;
        const refusal = room.take(session.ownerId);
        if (refusal) return refusal;
        rows.set(key, row(key, session));
        // Asked for twice in this group, it is one.
        there.add(key);
        return undefined;
      });
      if (rows.size > 0) await manager.query(INSERT, [projectId, JSON.stringify([...rows.values()])]);
      return refusals;
    });
  }
}

/** What is left, as one session of a project after the other takes its place. */
class Room {
  private taken = 0;
  private readonly takenBy = new Map<string, number>();

  constructor(
    private readonly limits: SessionLimits,
    private readonly before: Running,
  ) {}

  take(ownerId: string): Error | undefined {
    const { project, total, users } = this.before;
    const ofOwner = this.takenBy.get(ownerId) ?? 0;
    const refusal = refusalAtLimit(this.limits, {
      project: project + this.taken,
      user: (users[ownerId] ?? 0) + ofOwner,
      total: total + this.taken,
    });
    if (refusal) return refusal;
    this.taken++;
    this.takenBy.set(ownerId, ofOwner + 1);
    return undefined;
  }
}

async function running(manager: EntityManager, projectId: string, owners: readonly string[]): Promise<Running> {
  const [counts] = await manager.query<Running[]>(RUNNING, [projectId, owners]);
  return counts ?? { project: 0, total: 0, users: {} };
}

function row(key: string, { id, ownerId, hostId, gateway, profile, cols, rows }: NewSession): object {
  return { storage_key: key, id, owner_id: ownerId, host_id: hostId, gateway, profile, cols, rows };
}
