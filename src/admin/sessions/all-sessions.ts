import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { decodeCursor } from '../../infrastructure/http/page';
import { DomainError } from '../../kernel/domain-error';
import { sessionNotFound } from '../../sessions/session-access';
import { SessionEntity } from '../../sessions/session.entity';
import type { SessionSearch } from './admin-sessions.schemas';

/** Everybody's sessions, as the database has them. */
@Injectable()
export class AllSessions {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** One more than `limit`, when there are more; in the order of their storage keys. */
  search({ q, ownerId, projectId, node, gateway, status, cursor, limit }: SessionSearch): Promise<SessionEntity[]> {
    const query = this.dataSource
      .getRepository(SessionEntity)
      .createQueryBuilder('session')
      .leftJoinAndSelect('session.owner', 'person')
      .where('true')
      .orderBy('session.storageKey')
      .limit(limit + 1);
    const searched = `lower(session.id || ' ' || coalesce(session.name, '') || ' ' || session.title)`;
    if (q !== undefined) query.andWhere(`position(lower(:q) in ${searched}) > 0`, { q });
    if (ownerId !== undefined) query.andWhere('session.ownerId = :ownerId', { ownerId });
    if (projectId !== undefined) query.andWhere('session.projectId = :projectId', { projectId });
    if (node !== undefined) query.andWhere('session.hostId = :node', { node });
    if (gateway !== undefined) query.andWhere('session.gateway = :gateway', { gateway });
    if (status !== undefined) query.andWhere(`session.status ${status === 'ended' ? '=' : '<>'} 'ended'`);
    if (cursor !== undefined) query.andWhere('session.storageKey > :after', { after: decodeCursor(cursor) });
    return query.getMany();
  }

  /** Throws `conflict` when the id alone does not say which: users choose ids, so that none may stand for another's. */
  async get(id: string, projectId: string | undefined): Promise<SessionEntity> {
    const where = { id, ...(projectId !== undefined && { projectId }) };
    const found = await this.dataSource
      .getRepository(SessionEntity)
      .find({ where, relations: { owner: true }, order: { projectId: 'ASC' }, take: 2 });
    const [session, another] = found;
    if (!session) throw sessionNotFound(id);
    if (another) {
      throw new DomainError('conflict', 'Sessions of several projects have this id; say which with ?projectId=.', {
        details: { projectIds: found.map((candidate) => candidate.projectId) },
      });
    }
    return session;
  }
}
