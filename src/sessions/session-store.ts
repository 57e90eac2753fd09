import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import type { ReadThrough } from '../infrastructure/cache/read-through';
import { ReadThroughs } from '../infrastructure/cache/read-throughs';
import { isDatabaseUnavailable } from '../infrastructure/database/database-errors';
import { PtyHostClient } from '../pty-client/pty-host-client';
import { sessionFromHost } from './session-from-host';
import { storageKey } from './session-ids';
import type { SessionEntity } from './session.entity';
import { type NewSession, SessionInserts } from './session-inserts';
import { type SessionFilter, SessionRepository } from './session.repository';

/** For whom sessions are looked up. */
export interface SessionViewer {
  readonly userId: string;
  /** Undefined: all of them. */
  readonly projectIds: readonly string[] | undefined;
}

export type SessionListFilter = Omit<SessionFilter, 'projectIds'> & { readonly projectId?: string };

export interface SessionList {
  readonly sessions: readonly SessionEntity[];
  /** The database is away: these are the sessions that the PTY host of this node has. */
  readonly degraded: boolean;
}

export interface LegacyId {
  readonly legacyId: string;
  readonly projectId: string;
  readonly ownerId: string;
}

/** Always asked while the database answers: others end and remove sessions, and a session must not come back from a cache. */
const ONLY_WHEN_AWAY = { ttlMs: 0, negativeTtlMs: 0 };

/**
 * Sessions as everybody reads them: from the database, else as they were last known, else as the PTY host knows them. The one
 * place that knows what becomes of sessions while the database is away; what changes them is refused then.
 */
@Injectable()
export class SessionStore {
  private readonly known: ReadThrough<SessionEntity>;
  private readonly aliases: ReadThrough<string>;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly repository: SessionRepository,
    private readonly inserts: SessionInserts,
    private readonly host: PtyHostClient,
    readThroughs: ReadThroughs,
  ) {
    this.known = readThroughs.of({ name: 'session', ...ONLY_WHEN_AWAY });
    this.aliases = readThroughs.of({ name: 'session-alias', ...ONLY_WHEN_AWAY });
  }

  /** Null = there is none. Throws `database_unavailable` when nobody can tell. */
  async findByKey(key: string): Promise<SessionEntity | null> {
    try {
      return await this.known.get(key, () => this.repository.findByKey(key));
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      const session = await this.findOnHost(key);
      if (!session) throw error;
      return session;
    }
  }

  /** An id is unique within a project only; what the viewer may see decides. */
  async findById(id: string, viewer: SessionViewer): Promise<SessionEntity | null> {
    try {
      return await this.repository.findById(id, viewer.projectIds);
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      const session = (await this.onHost(viewer)).find((candidate) => candidate.id === id);
      if (!session) throw error;
      return session;
    }
  }

  async list({ projectId, ...filter }: SessionListFilter, viewer: SessionViewer): Promise<SessionList> {
    try {
      const sessions = await this.repository.list({ ...filter, projectIds: narrowed(viewer, projectId) });
      return { sessions, degraded: false };
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      const sessions = (await this.onHost(viewer)).filter((session) => !projectId || session.projectId === projectId);
      return { sessions: page(sessions, filter), degraded: true };
    }
  }

  /** The storage key a legacy id stands for. */
  findAlias(alias: LegacyId): Promise<string | null> {
    const { legacyId, projectId, ownerId } = alias;
    return this.aliases.get(aliasKey(alias), async () => {
      const found = await this.repository.findAlias(legacyId, projectId, ownerId);
      return found?.storageKey ?? null;
    });
  }

  /** The first one to say what a legacy id means decides; everybody gets that answer. */
  async insertAlias(alias: LegacyId & { readonly storageKey: string }): Promise<string> {
    const meant = await this.repository.insertAlias(alias);
    await this.aliases.forget(aliasKey(alias));
    return meant;
  }

  /** Does nothing when the session exists; throws `session_limit` when its project, its owner or the installation has too many. */
  async insert(session: Omit<NewSession, 'hostId'>): Promise<void> {
    await this.inserts.insert({ ...session, hostId: this.config.nodeName });
    await this.known.forget(storageKey(session.id, session.projectId));
  }

  /** For one that has ended and is started again. A project whose sessions nobody can count now is not full. */
  async assertRoom(session: Pick<SessionEntity, 'projectId' | 'ownerId'>): Promise<void> {
    await this.inserts.assertRoom(session).catch((error: unknown) => {
      if (!isDatabaseUnavailable(error)) throw error;
    });
  }

  async setName(key: string, name: string | null): Promise<void> {
    await this.repository.setName(key, name);
    await this.known.invalidate(key);
  }

  async setKeep(key: string, keep: boolean): Promise<void> {
    await this.repository.setKeep(key, keep);
    await this.known.invalidate(key);
  }

  async remove(key: string): Promise<void> {
    await this.repository.remove(key);
    await this.known.invalidate(key);
  }

  private async findOnHost(key: string): Promise<SessionEntity | undefined> {
    const info = await this.host.request('info', { sessionId: key }).catch(() => undefined);
    return info && sessionFromHost(info.session, this.config.nodeName);
  }

  /** In the order of lists. What is one's own is there even when nobody knows any more who may see what. */
  private async onHost({ userId, projectIds }: SessionViewer): Promise<SessionEntity[]> {
    const { sessions } = await this.host.request('list', {});
    return sessions
      .flatMap((session) => sessionFromHost(session, this.config.nodeName) ?? [])
      .filter(({ ownerId, projectId }) => !projectIds || ownerId === userId || projectIds.includes(projectId))
      .sort((a, b) => (a.storageKey < b.storageKey ? -1 : 1));
  }
}

function narrowed({ projectIds }: SessionViewer, projectId: string | undefined): readonly string[] | undefined {
  if (!projectId) return projectIds;
  return !projectIds || projectIds.includes(projectId) ? [projectId] : [];
}

function page(sessions: readonly SessionEntity[], { running, after, limit }: SessionFilter) {
  return sessions
    .filter(({ status }) => running === undefined || (status !== 'ended') === running)
    .filter((session) => after === undefined || session.storageKey > after)
    .slice(0, limit);
}

function aliasKey({ legacyId, projectId, ownerId }: LegacyId): string {
  return `${ownerId}:${projectId}:${legacyId}`;
}
