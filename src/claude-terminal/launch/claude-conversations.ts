import type { ClaudeNotice } from '@holdfast/protocol';
import type { Principal } from '../../auth/principal';
import type { SessionToLaunch } from '../../sessions/session-opener';

/** What the next process of a session goes on with. */
export interface PreparedConversation {
  readonly conversationId: string;
  readonly resume: boolean;
  readonly notice?: ClaudeNotice;
}

/** Decides it; provided by `src/claude-terminal/lifecycle`. */
export abstract class ClaudeConversations {
  abstract prepare(session: SessionToLaunch, principal: Principal): Promise<PreparedConversation>;
}
