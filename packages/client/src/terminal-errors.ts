import { ErrorCode, type ErrorData } from '@holdfast/protocol';
import type { SessionName } from './session-name';

/** What to do about a no to `open`. */
export type RefusalReaction = 'ignore' | 'open-unnamed' | 'reopen-later' | 'open-later' | 'close';

/** What to do about an error on an open channel. */
export type ErrorReaction =
  'ignore' | 'report' | 'answer-gap' | 'send-later' | 'become-viewer' | 'reopen' | 'lose' | 'close';

/** Errors after which an open channel is gone for good. */
const FINAL_CODES: ReadonlySet<string> = new Set([
  ErrorCode.forbidden,
  ErrorCode.notFound,
  ErrorCode.sessionNotFound,
  ErrorCode.sessionEnded,
  ErrorCode.projectNotFound,
  ErrorCode.kicked,
  ErrorCode.shareEnded,
]);

/** Late answers to what was sent before the channel was opened again. */
const NOT_ABOUT_OPEN: ReadonlySet<string> = new Set([
  ErrorCode.inputGap,
  ErrorCode.inputOverflow,
  ErrorCode.readOnly,
  ErrorCode.noSuchChannel,
  ErrorCode.takenOver,
]);

export function reactionToRefusal(error: ErrorData, name: SessionName): RefusalReaction {
  if (NOT_ABOUT_OPEN.has(error.code)) return 'ignore';
  const unknownName = error.code === ErrorCode.sessionNotFound || error.code === ErrorCode.badSessionId;
  if (unknownName && name.kind === 'invented') return 'open-unnamed';
  if (error.code === ErrorCode.channelInUse) return 'reopen-later';
  return error.retryable ? 'open-later' : 'close';
}

/** Who may have taken the channel over: a newer connection of our own, one that is gone meanwhile, or somebody else. */
export type Rival = 'own' | 'own-gone' | 'foreign';

export function reactionToError(error: ErrorData, rival: Rival): ErrorReaction {
  switch (error.code) {
    case ErrorCode.inputGap:
      return 'answer-gap';
    case ErrorCode.inputOverflow:
      return 'send-later';
    case ErrorCode.readOnly:
      return 'become-viewer';
    case ErrorCode.noSuchChannel:
      return 'reopen';
    case ErrorCode.takenOver:
      return reactionToTakeOver(rival);
    default:
      return FINAL_CODES.has(error.code) && !error.retryable ? 'close' : 'report';
  }
}

function reactionToTakeOver(rival: Rival): ErrorReaction {
  switch (rival) {
    case 'own':
      return 'lose';
    case 'own-gone':
      // The server does not know yet that it is gone.
      return 'reopen';
    case 'foreign':
      return 'close';
  }
}

/** For a connection beside the newest one. What it loses was taken over by our own newer connection, most likely. */
export function reactionToErrorOnOlder(error: ErrorData): ErrorReaction {
  return error.code === ErrorCode.takenOver || error.code === ErrorCode.noSuchChannel ? 'lose' : 'ignore';
}
