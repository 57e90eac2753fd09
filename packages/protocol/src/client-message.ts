import { MAX_CLAUDE_MESSAGE } from './claude';
import { SIGNALS, type ClientEventName, type ClientMessage } from './events';

/** The bounds on what a client may send; each is checked here and nowhere else. */
export const MAX_CELLS = 1000;
export const MAX_ID_LENGTH = 128;
/** The longest consent to type: whoever needs more becomes a member. */
export const MAX_CONSENT_SECONDS = 24 * 3600;
const MAX_TOKEN_LENGTH = 8192;
/** Questions that Claude asks at once; it asks four at most. */
const MAX_CLAUDE_ANSWERS = 16;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Everybody who forgot to draw one would be the same writer. */
const NIL_UUID = '00000000-0000-0000-0000-000000000000';

export type ParsedClientMessage =
  | { readonly ok: true; readonly message: ClientMessage }
  /** `channel` and `id` are filled in as far as they could be read, so that the error reaches the right caller. */
  | { readonly ok: false; readonly reason: string; readonly channel?: number; readonly id?: string };

type Check = (value: unknown) => boolean;

const isU32: Check = (v) => Number.isInteger(v) && (v as number) >= 0 && (v as number) <= 0xffffffff;
const isCells: Check = (v) => Number.isInteger(v) && (v as number) >= 1 && (v as number) <= MAX_CELLS;
const isOffset: Check = (v) => Number.isSafeInteger(v) && (v as number) >= 0;
// eslint-disable-next-line no-control-regex -- control characters are what is refused: PostgreSQL takes no NUL
const CONTROL = /[\u0000-\u001f\u007f]/;
const isText: Check = (v) => typeof v === 'string' && v.length > 0 && v.length <= MAX_ID_LENGTH && !CONTROL.test(v);
const isSessionId: Check = (v) => v === null || (typeof v === 'string' && v.length <= MAX_ID_LENGTH);
const isUuid: Check = (v) => typeof v === 'string' && UUID.test(v) && v !== NIL_UUID;
const isConsentTime: Check = (v) => Number.isInteger(v) && (v as number) >= 1 && (v as number) <= MAX_CONSENT_SECONDS;
const isSignal: Check = (v) => typeof v === 'string' && (SIGNALS as readonly string[]).includes(v);
const isDecision: Check = (v) => v === 'allow' || v === 'deny';
const isClaudeMessage: Check = (v) => typeof v === 'string' && v.length <= MAX_CLAUDE_MESSAGE;
const isBoolean: Check = (v) => typeof v === 'boolean';
const isAnswers: Check = (v) =>
  isRecord(v) &&
  Object.keys(v).length <= MAX_CLAUDE_ANSWERS &&
  Object.entries(v).every((words) => words.every(isClaudeMessage));
/** It is sent back as it came: nothing that is deep or has a life of its own. */
const isEcho: Check = (v) =>
  v === undefined || v === null || typeof v === 'number' || (typeof v === 'string' && v.length <= MAX_ID_LENGTH);
const optional =
  (check: Check): Check =>
  (v) =>
    v === undefined || check(v);

/** What each event may carry, and what is said of what it may not. */
export const CLIENT_MESSAGE_FIELDS: {
  readonly [E in ClientEventName]: Readonly<Record<string, readonly [Check, string]>>;
} = {
  open: {
    channel: [isU32, 'an unsigned 32-bit integer'],
    projectId: [isText, `a text of 1 to ${MAX_ID_LENGTH} characters`],
    sessionId: [optional(isSessionId), `a text of at most ${MAX_ID_LENGTH} characters`],
    cols: [isCells, `an integer from 1 to ${MAX_CELLS}`],
    rows: [isCells, `an integer from 1 to ${MAX_CELLS}`],
    writerId: [isUuid, 'a UUID'],
    role: [optional((v) => v === 'writer' || v === 'viewer'), '"writer" or "viewer"'],
    epoch: [optional(isText), `a text of 1 to ${MAX_ID_LENGTH} characters`],
    offset: [optional(isOffset), 'an integer from 0 to 2^53 - 1'],
    profile: [optional(isText), `a text of 1 to ${MAX_ID_LENGTH} characters`],
  },
  resize: {
    channel: [isU32, 'an unsigned 32-bit integer'],
    cols: [isCells, `an integer from 1 to ${MAX_CELLS}`],
    rows: [isCells, `an integer from 1 to ${MAX_CELLS}`],
  },
  visibility: {
    channel: [isU32, 'an unsigned 32-bit integer'],
    visible: [(v) => typeof v === 'boolean', 'true or false'],
  },
  detach: { channel: [isU32, 'an unsigned 32-bit integer'] },
  terminate: {
    channel: [isU32, 'an unsigned 32-bit integer'],
    signal: [optional(isSignal), `one of ${SIGNALS.join(', ')}`],
  },
  signal: {
    channel: [isU32, 'an unsigned 32-bit integer'],
    signal: [isSignal, `one of ${SIGNALS.join(', ')}`],
  },
  'write.request': { channel: [isU32, 'an unsigned 32-bit integer'] },
  'write.answer': {
    channel: [isU32, 'an unsigned 32-bit integer'],
    requestId: [isUuid, 'a UUID'],
    allow: [(v) => typeof v === 'boolean', 'true or false'],
    forSeconds: [optional(isConsentTime), `an integer from 1 to ${MAX_CONSENT_SECONDS}`],
  },
  'write.revoke': { channel: [isU32, 'an unsigned 32-bit integer'], user: [isUuid, 'the id of a user'] },
  kick: { channel: [isU32, 'an unsigned 32-bit integer'], user: [isUuid, 'the id of a user'] },
  'claude.permission.answer': {
    channel: [isU32, 'an unsigned 32-bit integer'],
    permissionId: [isText, `a text of 1 to ${MAX_ID_LENGTH} characters`],
    decision: [isDecision, '"allow" or "deny"'],
    message: [optional(isClaudeMessage), `a text of at most ${MAX_CLAUDE_MESSAGE} characters`],
    remember: [optional(isBoolean), 'true or false'],
    answers: [optional(isAnswers), `an object of at most ${MAX_CLAUDE_ANSWERS} texts`],
  },
  'claude.continue': { channel: [isU32, 'an unsigned 32-bit integer'] },
  'claude.dismiss': { channel: [isU32, 'an unsigned 32-bit integer'] },
  'auth.renew': {
    token: [(v) => typeof v === 'string' && v.length > 0 && v.length <= MAX_TOKEN_LENGTH, 'an access token'],
  },
  ping: { t: [isEcho, `a number or a text of at most ${MAX_ID_LENGTH} characters`] },
};

/** Checks one text frame. Unknown fields are ignored, so that newer clients can talk to older servers. */
export function parseClientMessage(text: string): ParsedClientMessage {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'The frame is not JSON.' };
  }
  if (!isRecord(raw)) return { ok: false, reason: 'The frame is not an object { event, data }.' };
  if (raw.id !== undefined && (typeof raw.id !== 'string' || raw.id.length > MAX_ID_LENGTH)) {
    return { ok: false, reason: `"id" must be a text of at most ${MAX_ID_LENGTH} characters.` };
  }
  const known = { id: raw.id };
  if (typeof raw.event !== 'string') return { ok: false, reason: '"event" is not a text.', ...known };
  if (!Object.hasOwn(CLIENT_MESSAGE_FIELDS, raw.event)) {
    return { ok: false, reason: `Unknown event ${JSON.stringify(raw.event.slice(0, 64))}.`, ...known };
  }
  const event = raw.event as ClientEventName;
  const data = raw.data ?? {};
  if (!isRecord(data)) return { ok: false, reason: '"data" is not an object.', ...known };
  const channel = isU32(data.channel) ? (data.channel as number) : undefined;
  for (const [field, [check, expected]] of Object.entries(CLIENT_MESSAGE_FIELDS[event])) {
    if (!check(data[field]))
      return { ok: false, reason: `"${event}.${field}" must be ${expected}.`, channel, ...known };
  }
  return { ok: true, message: { event, data, ...known } as unknown as ClientMessage };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
