import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, LessThan, MoreThan, Not, Repository } from 'typeorm';
import { SessionAliasEntity } from './session-alias.entity';
import { SessionEntity, type SessionGateway } from './session.entity';
import { sessionLimit } from './session-limit';
import { storageKey } from './session-ids';

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

export interface SessionFilter {
  readonly projectIds?: readonly string[];
  readonly running?: boolean;
  /** The storage key of the last item of the page before. */
  readonly after?: string;
  readonly limit: number;
}

/** Sessions in PostgreSQL: what is read, and the writes that somebody waits for. The others are in `session-writes.ts`. */
@Injectable()
export class SessionRepository {
  constructor(
    @InjectRepository(SessionEntity) private readonly sessions: Repository<SessionEntity>,
    @InjectRepository(SessionAliasEntity) private readonly aliases: Repository<SessionAliasEntity>,
  ) {}

  findByKey(key: string): Promise<SessionEntity | null> {
    return this.sessions.findOneBy({ storageKey: key });
  }

  /** An id is unique within a project only; what the caller may see decides. */
  findById(id: string, projectIds: readonly string[] | undefined): Promise<SessionEntity | null> {
    return this.sessions.findOneBy({ id, ...(projectIds ? { projectId: In([...projectIds]) } : {}) });
  }

  /**
   * Does nothing when the session exists, so any number of gateways may insert the same one. One insert into a project at a
   * time, on all nodes: at the limit, the count must not change between the look and the insert.
   */
  async insert(session: NewSession, limit: number): Promise<void> {
    const { id, projectId } = session;
    const key = storageKey(id, projectId);
    await this.sessions.manager.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`holdfast:sessions:${projectId}`]);
      if (await manager.existsBy(SessionEntity, { storageKey: key })) return;
      const running = await manager.countBy(SessionEntity, { projectId, status: Not('ended') });
      if (running >= limit) throw sessionLimit(limit, running);
      await manager.insert(SessionEntity, { ...session, storageKey: key, status: 'starting' });
    });
  }

  async setName(key: string, name: string | null): Promise<void> {
    await this.sessions.update({ storageKey: key }, { name });
  }

  async setKeep(key: string, keep: boolean): Promise<void> {
    await this.sessions.update({ storageKey: key }, { keep });
  }

  /** A session that never had a process. */
  async removeUnstarted(key: string): Promise<void> {
    await this.sessions.delete({ storageKey: key, status: 'starting' });
  }

  async remove(key: string): Promise<void> {
    await this.sessions.delete({ storageKey: key });
  }

  countAlive(projectId: string): Promise<number> {
    return this.sessions.countBy({ projectId, status: Not('ended') });
  }

  aliveOnHost(hostId: string): Promise<SessionEntity[]> {
    return this.sessions.findBy({ hostId, status: Not('ended') });
  }

  /** Of those that are known. */
  async keepByKey(keys: readonly string[]): Promise<Map<string, boolean>> {
    const known = await this.sessions.find({
      where: { storageKey: In([...keys]) },
      select: { storageKey: true, keep: true },
    });
    return new Map(known.map(({ storageKey, keep }) => [storageKey, keep]));
  }

  /** Keys of sessions of a host that may go: ended before, and not marked to be kept. */
  async endedBefore(hostId: string, before: Date, limit: number): Promise<string[]> {
    const ended = await this.sessions.find({
      where: { hostId, status: 'ended', keep: false, endedAt: LessThan(before) },
      select: { storageKey: true },
      order: { endedAt: 'ASC' },
      take: limit,
    });
    return ended.map(({ storageKey }) => storageKey);
  }

  /** Unless it was opened or marked to be kept meanwhile. */
  async removeEnded(key: string, before: Date): Promise<void> {
    await this.sessions.delete({ storageKey: key, status: 'ended', keep: false, endedAt: LessThan(before) });
  }

  list({ projectIds, running, after, limit }: SessionFilter): Promise<SessionEntity[]> {
    return this.sessions.find({
      where: {
        ...(projectIds ? { projectId: In([...projectIds]) } : {}),
        ...(running === undefined ? {} : { status: running ? Not('ended') : 'ended' }),
        ...(after ? { storageKey: MoreThan(after) } : {}),
      },
      order: { storageKey: 'ASC' },
      take: limit,
    });
  }

  async countByStatus(): Promise<Record<string, number>> {
    const rows = await this.sessions
      .createQueryBuilder('session')
      .select('session.status', 'status')
      .addSelect('count(*)::int', 'count')
      .groupBy('session.status')
      .getRawMany<{ status: string; count: number }>();
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  }

  findAlias(legacyId: string, projectId: string, ownerId: string): Promise<SessionAliasEntity | null> {
    return this.aliases.findOneBy({ legacyId, projectId, ownerId });
  }

  /** The first one to say what a legacy id means decides; everybody gets that answer. */
  async insertAlias(alias: {
    legacyId: string;
    projectId: string;
    ownerId: string;
    storageKey: string;
  }): Promise<string> {
    await this.aliases.createQueryBuilder().insert().values(alias).orIgnore().updateEntity(false).execute();
    const { legacyId, projectId, ownerId } = alias;
    return (await this.aliases.findOneByOrFail({ legacyId, projectId, ownerId })).storageKey;
  }
}
