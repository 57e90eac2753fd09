import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { SessionEventEntity } from './session-event.entity';

/** Of the last event of the page before. */
export interface EventPosition {
  readonly at: Date;
  readonly id: string;
}

/** What happened to sessions. It is written through the outbox. */
@Injectable()
export class SessionEventRepository {
  constructor(@InjectRepository(SessionEventEntity) private readonly events: Repository<SessionEventEntity>) {}

  /** Newest first. */
  list(storageKey: string, limit: number, after?: EventPosition): Promise<SessionEventEntity[]> {
    const query = this.events
      .createQueryBuilder('event')
      .where('event.storageKey = :storageKey', { storageKey })
      .orderBy('event.at', 'DESC')
      .addOrderBy('event.id', 'DESC')
      .limit(limit);
    if (after) query.andWhere('(event.at, event.id) < (:at, :id)', after);
    return query.getMany();
  }
}
