import { Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import type { Principal } from '../../auth/principal';
import { ClaudeListener } from '../../claude-api/claude-listener';
import { DomainError } from '../../kernel/domain-error';
import { SessionAccess } from '../../sessions/session-access';
import type { ClaudeRecord } from '../records/claude-record';
import { ClaudeRecords } from '../records/claude-records';
import type { PermissionAnswer } from './permission-decision';
import { ANSWER_CALL, type PermissionCall } from './permission-desk';

/** Answers from any gateway process, on their way to the one that has the CLI's question. */
@Injectable()
export class PermissionAnswers {
  constructor(
    private readonly records: ClaudeRecords,
    private readonly access: SessionAccess,
    private readonly listener: ClaudeListener,
  ) {}

  /** Of somebody who may write in the session. Errors: `conflict`, `bad_request`, `unavailable`. */
  async give(caller: Principal, key: string, permissionId: string, answer: PermissionAnswer): Promise<void> {
    const by = { id: caller.userId, email: caller.email };
    await this.listener.control(ANSWER_CALL, { key, permissionId, by, ...answer } satisfies PermissionCall);
  }

  /** By its id alone. Also throws `not_found` for what the caller may not see, and `forbidden` for viewers. */
  async find(caller: Principal, permissionId: string): Promise<ClaudeRecord> {
    const record = this.records.all().find((one) => concerns(one, permissionId));
    if (!record) throw permissionNotFound(permissionId);
    const session = await this.access.findTypable(caller, record.sessionId).catch((error: unknown) => {
      const isHidden = error instanceof DomainError && error.code === ErrorCode.sessionNotFound;
      throw isHidden ? permissionNotFound(permissionId) : error;
    });
    // The same id in another project.
    if (session.storageKey !== record.key) throw permissionNotFound(permissionId);
    return record;
  }
}

function concerns({ permissions, answered }: ClaudeRecord, permissionId: string): boolean {
  return [...permissions, ...answered].some(({ id }) => id === permissionId);
}

function permissionNotFound(id: string): DomainError {
  return new DomainError(
    ErrorCode.notFound,
    `Nothing asks for the permission ${id} here: it was answered, or it is another node's, or you may not see it.`,
  );
}
