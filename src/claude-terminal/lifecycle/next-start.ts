import type { ClaudeNotice } from '@holdfast/protocol';
import type { ConversationStart } from '../records/claude-record';

/** What the next process is started with. */
export interface NextStart {
  readonly conversationId: string;
  readonly resume: boolean;
  readonly attempt: ConversationStart['attempt'];
  readonly lost?: string;
  readonly notice?: ClaudeNotice;
}

export interface StartFacts {
  readonly conversationId: string;
  readonly start?: ConversationStart;
  /** The process before refused: it ended in its first seconds, with 1. */
  readonly refused: boolean;
  readonly hasTranscript: (conversationId: string) => boolean;
  readonly newId: () => string;
}

/**
 * A conversation with a transcript is resumed, one that nobody prompted begins. The CLI refuses the wrong one of both; then the other
 * one is right. When it refuses both, a new conversation begins; and when it refuses that, too, it was not the conversation's fault,
 * and everything is tried again with the first one.
 */
export function nextStart({ conversationId, start, refused, hasTranscript, newId }: StartFacts): NextStart {
  if (!refused || !start) return { conversationId, resume: hasTranscript(conversationId), attempt: 0 };
  switch (start.attempt) {
    case 0:
      return { conversationId, resume: !start.resume, attempt: 1 };
    case 1: {
      const next = { conversationId: newId(), resume: false, attempt: 2, lost: conversationId } as const;
      return hasTranscript(conversationId) ? { ...next, notice: LOST } : next;
    }
    case 2: {
      const first = start.lost ?? conversationId;
      return { conversationId: first, resume: hasTranscript(first), attempt: 0 };
    }
  }
}

const LOST: ClaudeNotice = {
  kind: 'conversation-lost',
  active: true,
  text: 'Claude Code could not go on with the conversation, so a new one begins. /resume lists the earlier ones.',
};

/** Two processes must never write one conversation. */
export const ELSEWHERE: ClaudeNotice = {
  kind: 'conversation-lost',
  active: true,
  text: 'This conversation goes on in another session, so a new one begins here.',
};
