import type { IncomingMessage } from 'node:http';
import type { RequestPriority } from '../claude-api-events';
import type { ClaudeToken } from '../claude-tokens';
import { ApiRefusal } from './api-refusal';
import { topLevelMembers } from './top-level-members';

/** What has to be known of a request before it may go to the API. */
export interface RequestFacts {
  readonly path: string;
  /** Empty: it is about no model. */
  readonly model: string;
  readonly priority: RequestPriority;
  /** It produces tokens, and they cost. */
  readonly isPaid: boolean;
  readonly inputTokens: number;
  readonly maxTokens: number;
}

const MESSAGES = '/v1/messages';
const COUNT_TOKENS = '/v1/messages/count_tokens';
const MODELS = /^\/v1\/models(\/[A-Za-z0-9][A-Za-z0-9._:@-]{0,127})?$/;
/** Of a model's name: it is a label in the ledger. */
const MAX_MODEL_LENGTH = 128;
/** English text, roughly; code has more tokens, JSON around it fewer. */
const BYTES_PER_TOKEN = 4;
/** What the API takes at most for any model; a larger number is refused there. */
const MAX_TOKENS = 1_000_000;

/** Only these are served, for every token alike. */
export function isServed(method: string, path: string): boolean {
  if (method === 'POST') return path === MESSAGES || path === COUNT_TOKENS;
  return method === 'GET' && MODELS.test(path);
}

export function requestFacts(request: IncomingMessage, path: string, body: Buffer, token: ClaudeToken): RequestFacts {
  const priority = priorityOf(request, token);
  if (request.method !== 'POST') return { path, model: '', priority, isPaid: false, inputTokens: 0, maxTokens: 0 };
  const members = topLevelMembers(body, ['model', 'max_tokens']);
  if (!members) throw new ApiRefusal({ status: 400, message: 'The body of the request is not a JSON object.' });
  const { model, max_tokens: maxTokens } = members;
  if (typeof model !== 'string' || model === '' || model.length > MAX_MODEL_LENGTH) {
    throw new ApiRefusal({ status: 400, message: 'The request names no model.' });
  }
  return {
    path,
    model,
    priority,
    isPaid: path === MESSAGES,
    inputTokens: Math.ceil(body.length / BYTES_PER_TOKEN),
    maxTokens: typeof maxTokens === 'number' && maxTokens > 0 ? Math.min(maxTokens, MAX_TOKENS) : 0,
  };
}

/** A session that hides its subagents goes in front of its own user's other requests only. */
function priorityOf({ headers }: IncomingMessage, { purpose }: ClaudeToken): RequestPriority {
  if (purpose === 'suggestion') return 'suggestion';
  return headers['x-claude-code-agent-id'] === undefined ? 'interactive' : 'subagent';
}
