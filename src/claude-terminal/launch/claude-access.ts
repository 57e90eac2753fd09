import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log';
import type { Principal } from '../../auth/principal';
import { ClaudeListener } from '../../claude-api/claude-listener';
import { ClaudeTokens } from '../../claude-api/claude-tokens';
import { storageKey } from '../../sessions/session-ids';
import type { SessionToLaunch } from '../../sessions/session-opener';
import { ClaudeConversations } from './claude-conversations';

export interface GrantedAccess {
  readonly conversation: { readonly id: string; readonly resume: boolean };
  readonly token: string;
  readonly baseUrl: string;
  readonly apiSocket: string;
}

/** What a CLI needs of this server: its conversation, a token that is worth something only here, and where to show it. */
@Injectable()
export class ClaudeAccess {
  constructor(
    private readonly conversations: ClaudeConversations,
    private readonly tokens: ClaudeTokens,
    private readonly listener: ClaudeListener,
    private readonly audit: AuditLog,
  ) {}

  /** Put on record with whose rights it is started: the owner pays, also when another member opens the session. */
  async grant(principal: Principal, session: SessionToLaunch): Promise<GrantedAccess> {
    const { id: sessionId, projectId, ownerId: userId } = session;
    const { conversationId, resume } = await this.conversations.prepare(session, principal);
    const sessionKey = storageKey(sessionId, projectId);
    const token = this.tokens.issue({ sessionKey, sessionId, projectId, userId, purpose: 'session' });
    this.audit.record({
      code: 'claude.launched',
      outcome: 'ok',
      actor: { userId: principal.userId, email: principal.email, role: principal.role },
      target: { kind: 'session', id: sessionId },
      data: { projectId, ownerId: userId, conversationId, resume },
    });
    const { baseUrl, socketPath: apiSocket } = this.listener;
    return { conversation: { id: conversationId, resume }, token, baseUrl, apiSocket };
  }
}
