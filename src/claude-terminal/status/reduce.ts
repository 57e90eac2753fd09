import type { ClaudeRecord, ClaudeSigns, PendingPermission } from '../records/claude-record';
import type { ClaudeHook } from './claude-hook';
import type { ClaudeSignal, SettledPermission } from './claude-signal';
import { stateOf } from './claude-state';

/** Who comes later than this many others is told that somebody answered, and not who. */
const MAX_ANSWERED = 16;
/** What a session asks at once. More come from a runaway, and are asked in the terminal only. */
export const MAX_PERMISSIONS = 16;
/**
 * Title, file and hooks of one moment arrive in any order within it. Nobody answers a dialog so fast: it takes no keys in its first
 * second.
 */
export const GRACE_MS = 500;
/** Conversations of one session; older ones stay on the disk until the project is deleted. */
const MAX_EARLIER = 100;
/** Without a file, the title alone says after this time that nothing is being done. */
const TITLE_ALONE_MS = 2_000;

export interface Reduced {
  /** The same object when nothing was learned. */
  readonly record: ClaudeRecord;
  readonly settled: readonly SettledPermission[];
}

type Change = Partial<
  Pick<ClaudeRecord, 'conversation' | 'permissions' | 'answered' | 'interrupted' | 'notice' | 'lastPromptAt'>
> & {
  readonly signs?: Partial<ClaudeSigns>;
};

/** What a signal makes of a record. Pure: the same signals in the same order always lead to the same record. */
export function reduce(record: ClaudeRecord, signal: ClaudeSignal, now: number): Reduced {
  const change = changeBy(record, signal, now);
  if (!change) return { record, settled: [] };
  const { signs, ...rest } = change;
  const known = { ...record, ...rest, ...earlierBy(record, change), signs: { ...record.signs, ...signs } };
  const next = { ...known, state: stateOf(known, record.state, now), updatedAt: now };
  return { record: next, settled: settledBy(record, next, signal) };
}

/** Its transcript stays on the disk until the session is removed. */
function earlierBy(
  { conversation, earlier = [] }: ClaudeRecord,
  change: Change,
): Pick<ClaudeRecord, 'earlier'> | object {
  const { id, seen } = conversation;
  if (!seen || change.conversation === undefined || change.conversation.id === id) return {};
  return { earlier: [...earlier.filter((one) => one !== id), id].slice(-MAX_EARLIER) };
}

function settledBy(before: ClaudeRecord, after: ClaudeRecord, signal: ClaudeSignal): SettledPermission[] {
  const left = new Set(after.permissions.map(({ id }) => id));
  return before.permissions.flatMap(({ id }) => {
    if (left.has(id)) return [];
    const isAnswer = signal.kind === 'answered' && signal.permissionId === id;
    return [{ permissionId: id, ...(isAnswer && { decision: signal.decision, by: signal.by }) }];
  });
}

/** Undefined: it says nothing new. */
function changeBy(record: ClaudeRecord, signal: ClaudeSignal, now: number): Change | undefined {
  const { signs, permissions } = record;
  switch (signal.kind) {
    case 'launch':
      return {
        conversation: signal.conversation,
        permissions: [],
        signs: { ...IDLE, over: undefined, title: undefined, hookAt: now, answeredAt: now },
      };
    case 'exit':
      return onExit(record, signal);
    case 'title':
      return onTitle(record, signal.glyph, now);
    case 'conversation':
      return signal.id === record.conversation.id ? undefined : { conversation: { id: signal.id, seen: false } };
    case 'orphaned':
      if (!permissions.some(({ id, answerable }) => answerable && !signal.except.has(id))) return undefined;
      return {
        permissions: permissions.map((one) => (signal.except.has(one.id) ? one : { ...one, answerable: false })),
      };
    default:
      // Late words of a process that is gone; only a prompt is of a new one.
      return signs.over && !isPrompt(signal) ? undefined : whileAlive(record, signal, now);
  }
}

function isPrompt(signal: ClaudeSignal): boolean {
  return signal.kind === 'hook' && signal.hook.hook_event_name === 'UserPromptSubmit';
}

type LivingSignal = Exclude<ClaudeSignal, { kind: 'launch' | 'exit' | 'title' | 'conversation' | 'orphaned' }>;

function whileAlive(record: ClaudeRecord, signal: LivingSignal, now: number): Change | undefined {
  const { permissions, signs } = record;
  switch (signal.kind) {
    case 'hook':
      return onHook(record, signal.hook, now);
    case 'asked':
      if (permissions.length >= MAX_PERMISSIONS || permissions.some(({ id }) => id === signal.permission.id))
        return undefined;
      return { permissions: [...permissions, signal.permission], signs: { asksUnseen: false, hookAt: now } };
    case 'withdrawn': {
      const left = permissions.filter(({ id }) => id !== signal.permissionId);
      if (left.length === permissions.length) return undefined;
      return { permissions: left, signs: { turn: { name: 'working' }, answeredAt: now } };
    }
    case 'answered':
      return onAnswer(record, signal, now);
    case 'rate-limited':
    case 'api-down': {
      // Somebody else's request, for a title perhaps: nobody waits for it.
      if (signs.turn.name !== 'working') return undefined;
      const name = signal.kind === 'api-down' ? 'api_down' : 'rate_limited';
      if (signs.api?.name === name && signs.api.until === signal.until) return undefined;
      return { signs: { api: { name, ...(signal.until !== undefined && { until: signal.until }) } } };
    }
    case 'api-up':
      return signs.api && { signs: { api: undefined } };
    case 'file':
      return onFile(record, signal, now);
    case 'no-file': {
      const { title, turn, hookAt } = signs;
      const isQuiet = title?.glyph === 'idle' && now - Math.max(title.at, hookAt, signs.answeredAt) > TITLE_ALONE_MS;
      if (!isQuiet || turn.name !== 'working' || permissions.length > 0) return undefined;
      return { signs: IDLE };
    }
  }
}

/** Nothing is done and nothing is asked. */
const IDLE = { turn: { name: 'waiting' }, api: undefined, asksUnseen: false } as const satisfies Partial<ClaudeSigns>;

function onHook(record: ClaudeRecord, hook: ClaudeHook, now: number): Change {
  const conversation = conversationBy(record, hook);
  const { permissions, signs } = record;
  // A subagent may work while the conversation waits for its user.
  const isBackground = hook.agent_id !== undefined && signs.turn.name !== 'working';
  switch (hook.hook_event_name) {
    case 'SessionEnd':
      // Not yet, unless it is only cleared: a process that is ended by a signal says so, too, in the middle of its work.
      if (hook.reason !== 'clear') return conversation;
      return { ...conversation, permissions: [], signs: { ...IDLE, hookAt: now } };
    case 'SessionStart':
    case 'Stop':
      return { ...conversation, permissions: [], signs: { ...IDLE, hookAt: now } };
    case 'UserPromptSubmit':
      return {
        ...conversation,
        permissions: [],
        interrupted: false,
        // Whoever goes on needs no offer to.
        ...(record.notice?.kind === 'interrupted' && { notice: undefined }),
        lastPromptAt: now,
        signs: { ...IDLE, over: undefined, turn: { name: 'working' }, hookAt: now },
      };
    case 'PreToolUse':
      if (isBackground) return { ...conversation };
      return { ...conversation, signs: { turn: { name: 'working', tool: hook.tool_name }, hookAt: now } };
    case 'PostToolUse':
    case 'PostToolUseFailure':
    case 'PermissionDenied': {
      const left = withoutMatch(permissions, hook.match);
      if (isBackground) return { ...conversation, permissions: left };
      return { ...conversation, permissions: left, signs: { turn: { name: 'working' }, hookAt: now } };
    }
    case 'PostToolBatch':
      return { ...conversation, permissions: [], signs: { turn: { name: 'working' }, asksUnseen: false, hookAt: now } };
    case 'StopFailure': {
      const message = hook.error_details ?? hook.last_assistant_message;
      const turn = { name: 'error' as const, kind: hook.error, ...(message && { message }) };
      return { ...conversation, permissions: [], signs: { ...IDLE, turn, hookAt: now } };
    }
    case 'PermissionRequest':
      // It comes as `asked`, with an id.
      return { ...conversation };
  }
}

/** After /clear and /resume hooks come with another id. */
function conversationBy({ conversation }: ClaudeRecord, hook: ClaudeHook): Pick<Change, 'conversation'> {
  const id = hook.session_id ?? conversation.id;
  const prompted = hook.hook_event_name !== 'SessionStart' && hook.hook_event_name !== 'SessionEnd';
  const seen = prompted || (id === conversation.id && conversation.seen);
  return id === conversation.id && seen === conversation.seen ? {} : { conversation: { id, seen } };
}

/** Other tools end while one is asked for, also of the same name: only what was asked for is settled by its end. */
function withoutMatch(permissions: readonly PendingPermission[], match: string): readonly PendingPermission[] {
  const index = permissions.findIndex((permission) => permission.match === match);
  return index < 0 ? permissions : permissions.filter((_, at) => at !== index);
}

function onAnswer(
  { permissions, answered }: ClaudeRecord,
  { permissionId, decision, by }: Extract<ClaudeSignal, { kind: 'answered' }>,
  now: number,
): Change | undefined {
  const asked = permissions.find(({ id }) => id === permissionId);
  if (!asked) return undefined;
  const turn = { name: 'working' as const, ...(decision === 'allow' && { tool: asked.tool }) };
  return {
    permissions: permissions.filter((one) => one !== asked),
    answered: [...answered, { id: permissionId, decision, by }].slice(-MAX_ANSWERED),
    signs: { turn, answeredAt: now },
  };
}

function onTitle({ signs, permissions }: ClaudeRecord, glyph: 'working' | 'idle', now: number): Change | undefined {
  const before = signs.over ? undefined : signs.title?.glyph;
  if (glyph === before) return undefined;
  const title = { glyph, at: now };
  // It speaks again: there is a new process that nobody announced.
  const over = undefined;
  if (glyph === 'working') {
    const wasIdle = before === 'idle';
    const left = wasIdle ? permissions.filter(({ since }) => now - since <= GRACE_MS) : permissions;
    const { turn } = signs;
    return {
      permissions: left,
      signs: {
        title,
        over,
        asksUnseen: wasIdle ? false : signs.asksUnseen,
        turn: turn.name === 'working' ? turn : WORKING,
      },
    };
  }
  // While a dialog waits the title is that of an idle session.
  if (signs.turn.name !== 'working' || permissions.length > 0 || signs.asksUnseen) return { signs: { title, over } };
  return { signs: { ...IDLE, title, over } };
}

const WORKING = { name: 'working' } as const;

/** The CLI's own word, when it is newer than what its hooks said. */
function onFile(
  { signs, permissions }: ClaudeRecord,
  { status, at }: Extract<ClaudeSignal, { kind: 'file' }>,
  now: number,
): Change | undefined {
  if (at < signs.hookAt) return undefined;
  if (status === 'waiting') {
    const isOld = at < signs.answeredAt || now - at < GRACE_MS;
    return isOld || signs.asksUnseen || permissions.length > 0 ? undefined : { signs: { asksUnseen: true } };
  }
  const left = permissions.filter(({ since }) => at - since <= GRACE_MS);
  const { turn } = signs;
  const goesOn = turn.name === 'working' || at - signs.hookAt <= GRACE_MS ? turn : WORKING;
  const stops = turn.name === 'working' && left.length === 0 ? IDLE.turn : turn;
  const next = status === 'busy' ? goesOn : stops;
  if (left.length === permissions.length && next === turn && !signs.asksUnseen) return undefined;
  return { permissions: left, signs: { turn: next, asksUnseen: false, ...(status === 'idle' && { api: undefined }) } };
}

function onExit(record: ClaudeRecord, signal: Extract<ClaudeSignal, { kind: 'exit' }>): Change | undefined {
  const { signs, permissions } = record;
  if (signs.over) return undefined;
  const { reason, exitCode } = signal;
  const isWanted = reason === 'terminated' || reason === 'hibernated' || exitCode === 0;
  // Opened again, it goes on.
  const over = reason !== 'hibernated' && isWanted ? 'exited' : 'hibernated';
  const wasBusy = signs.turn.name === 'working' || permissions.length > 0 || signs.asksUnseen;
  return {
    permissions: [],
    interrupted: record.interrupted || (wasBusy && !isWanted),
    signs: { ...IDLE, over, title: undefined },
  };
}
