import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In } from 'typeorm';
import { Clock } from '../../kernel/clock';
import { PtyHostClient } from '../../pty-client/pty-host-client';
import { SessionRepository } from '../../sessions/session.repository';
import { DeletedProjectEntity } from '../../workspaces/deleted-project.entity';
import type { ClaudeRecord } from '../records/claude-record';

/** A record is there before its session. */
const YOUNG_MS = 10 * 60_000;

/**
 * Which records are of sessions that nobody can reach any more. That the database does not know a session is not enough: somebody may
 * have connected the wrong one. Either the PTY host has forgotten it as well, or its project was deleted.
 */
@Injectable()
export class GoneSessions {
  constructor(
    private readonly host: PtyHostClient,
    private readonly repository: SessionRepository,
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  async among(records: readonly ClaudeRecord[]): Promise<ClaudeRecord[]> {
    const old = records.filter(({ updatedAt }) => this.clock.now() - updatedAt > YOUNG_MS);
    if (old.length === 0) return [];
    const known = await this.repository.keepByKey(old.map(({ key }) => key));
    const unknown = old.filter(({ key }) => !known.has(key));
    if (unknown.length === 0) return [];
    const held = new Set((await this.host.request('list', {})).sessions.map(({ sessionId }) => sessionId));
    const projects = unknown.map(({ projectId }) => projectId);
    const deleted = await this.dataSource.getRepository(DeletedProjectEntity).findBy({ id: In(projects) });
    const isDeleted = new Set(deleted.map(({ id }) => id));
    return unknown.filter(({ key, projectId }) => !held.has(key) || isDeleted.has(projectId));
  }
}
