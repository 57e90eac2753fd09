export { cleanPaste, type CleanPaste } from '@holdfast/protocol';
export { answerClaudePermission, listClaudeSessions, type ClaudeSession } from './claude-rest';
export { createClient } from './create-client';
export { fromWs } from './from-ws';
export { HoldfastError } from './holdfast-error';
export { MAX_UNSENT_BYTES } from './limits';
export { redeemShare, type SharedSession } from './redeem-share';
export {
  suggestCommands,
  type SuggestedCommand,
  type SuggestionEvent,
  type SuggestionQuestion,
} from './suggest-commands';
export { systemTimers } from './system-timers';
export type * from './types';
export type {
  ActivityState,
  ByteRange,
  ClaudeAttention,
  ClaudeDecision,
  ClaudeNotice,
  ClaudePermission,
  ClaudePermissionAnswer,
  ClaudeQuestion,
  ClaudeState,
  ClaudeStateName,
  ClaudeUsage,
  EndReason,
  Guest,
  Opened,
  Person,
  Resume,
  Role,
  ServerEvents,
  SessionViewer,
  SignalName,
} from '@holdfast/protocol';
