import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, LessThan, MoreThan, Not, Repository } from 'typeorm';
import { SessionAliasEntity } from './session-alias.entity';
import { SessionEntity, type SessionGateway } from './session.entity';

export interface SessionFilter {
  readonly projectIds?: readonly string[];
  readonly running?: boolean;
  /** The storage key of the last item of the page before. */
  readonly after?: string;
  readonly limit: number;
}

/** Sessions in PostgreSQL: what is read, and the writes that somebody waits for. The others are in `session-writes.ts`. */
const MAX_KEYS_IN_A_QUERY = 200;

@Injectable()
export class SessionRepository {
  private readonly byKey = new DataLoader((keys: readonly string[]) => this.findByKeys(keys), {
    cache: false,
    batchScheduleFn: setImmediate,
    maxBatchSize: MAX_KEYS_IN_A_QUERY,
  });

  constructor(
    @InjectRepository(SessionEntity) private readonly sessions: Repository<SessionEntity>,
    @InjectRepository(SessionAliasEntity) private readonly aliases: Repository<SessionAliasEntity>,
  ) {}

  /** One query for all that are asked for in the same turn of the event loop. */
  findByKey(key: string): Promise<SessionEntity | null> {
    return this.byKey.load(key);
  }

  /** An id is unique within a project only; what the caller may see decides. */
  findById(id: string, projectIds: readonly string[] | undefined): Promise<SessionEntity | null> {
    return this.sessions.findOneBy({ id, ...(projectIds ? { projectId: In([...projectIds]) } : {}) });
  }

  private async findByKeys(keys: readonly string[]): Promise<(SessionEntity | null)[]> {
    const found = await this.sessions.findBy({ storageKey: In([...keys]) });
    const byKey = new Map(found.map((session) => [session.storageKey, session]));
    return keys.map((key) => byKey.get(key) ?? null);
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

  aliveOnHost(hostId: string): Promise<SessionEntity[]> {
    return this.sessions.findBy({ hostId, status: Not('ended') });
  }

  /** What disabled users have running on a host. */
  async aliveOfDisabled(hostId: string): Promise<{ readonly sessionId: string; readonly gateway: SessionGateway }[]> {
    const alive = await this.sessions.find({
      where: { hostId, status: Not('ended'), owner: { disabledAt: Not(IsNull()) } },
      select: { storageKey: true, gateway: true },
    });
    return alive.map(({ storageKey, gateway }) => ({ sessionId: storageKey, gateway }));
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
