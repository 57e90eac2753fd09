import type { ClaudeDecision, ClaudeNotice, ClaudePermission, ClaudeState, ClaudeUsage } from './claude';

/** Control events of `holdfast.v1`: text frames `{ event, data, id? }`. An answer repeats the `id`. */

export type Role = 'writer' | 'viewer';
/**
 * Why a process ended: by itself, because somebody wanted it, because nobody used it, with its host, or only for now, to save
 * memory: `hibernated`.
 */
export type EndReason = 'exited' | 'terminated' | 'expired' | 'host-lost' | 'hibernated';

export type Resume = 'fresh' | 'exact' | 'snapshot' | 'gap' | 'new-epoch';
export type ActivityState = 'output' | 'idle' | 'bell';

/** A range of output bytes, `from` inclusive, `to` exclusive. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

export const SIGNALS = ['INT', 'TERM', 'HUP', 'KILL', 'QUIT', 'TSTP', 'CONT', 'WINCH'] as const;
export type SignalName = (typeof SIGNALS)[number];

export interface OpenRequest {
  readonly channel: number;
  readonly projectId: string;
  readonly sessionId?: string | null;
  readonly cols: number;
  readonly rows: number;
  /** A UUID for each browser tab or SDK instance; the input offsets of a writer start at 0. */
  readonly writerId: string;
  readonly role?: Role;
  readonly epoch?: string;
  /** The next output byte the client wants. */
  readonly offset?: number;
  readonly profile?: string;
}

/** A person, as the others at a session see them. */
export interface Person {
  readonly id: string;
  readonly email: string;
}

/** Somebody who has the session open, once for each person. */
export interface SessionViewer {
  readonly user: Person;
  /** `writer` when they may type on any of their screens. */
  readonly role: Role;
  /** Unix milliseconds. */
  readonly since: number;
}

export interface ClaudePermissionAnswer {
  readonly permissionId: string;
  readonly decision: ClaudeDecision;
  /** Said to the model, with `deny`. */
  readonly message?: string;
  /** With `allow`: takes what `remember` of the permission offers. */
  readonly remember?: boolean;
  /** To a question, by its text: the label of the option, several separated by ", ", or other words. */
  readonly answers?: Readonly<Record<string, string>>;
}

/** A session of the user that waits for them, or does no longer. */
export interface ClaudeAttention extends ClaudeState {
  readonly sessionId: string;
  readonly projectId: string;
  /** As its user named it, else its title. */
  readonly name: string;
  readonly needsMe: boolean;
  /** What it wants to do, in a line. */
  readonly summary?: string;
}

export interface ClientEvents {
  open: OpenRequest;
  resize: { readonly channel: number; readonly cols: number; readonly rows: number };
  visibility: { readonly channel: number; readonly visible: boolean };
  detach: { readonly channel: number };
  terminate: { readonly channel: number; readonly signal?: SignalName };
  signal: { readonly channel: number; readonly signal: SignalName };
  /** A viewer asks whoever manages the session to be allowed to type. */
  'write.request': { readonly channel: number };
  /** The first answer counts. `forSeconds`: the consent ends by itself. */
  'write.answer': {
    readonly channel: number;
    readonly requestId: string;
    readonly allow: boolean;
    readonly forSeconds?: number;
  };
  /** Takes back what was allowed to this user. */
  'write.revoke': { readonly channel: number; readonly user: string };
  /** Sends this user away from the session. */
  kick: { readonly channel: number; readonly user: string };
  /** The first answer counts, wherever it comes from. */
  'claude.permission.answer': ClaudePermissionAnswer & { readonly channel: number };
  /** Goes on with what a restart interrupted: types `continue` and Enter. */
  'claude.continue': { readonly channel: number };
  /** Leaves it as it is: the notice goes away. */
  'claude.dismiss': { readonly channel: number };
  'auth.renew': { readonly token: string };
  ping: { readonly t?: unknown };
}

export interface Limits {
  /** The largest input frame, header included. */
  readonly maxFrameBytes: number;
  /** Unacknowledged output on one channel. */
  readonly windowBytes: number;
  readonly maxChannels: number;
}

export interface Opened {
  readonly channel: number;
  readonly sessionId: string;
  readonly projectId: string;
  readonly epoch: string;
  /** A new process was made by this call. */
  readonly created: boolean;
  /** An existing session was attached and no process was made. */
  readonly reused: boolean;
  readonly resume: Resume;
  /** Position of the first output byte that follows. */
  readonly offset: number;
  readonly lost?: ByteRange;
  /** The next input byte of this writer that the server wants. */
  readonly inputOffset: number;
  readonly cols: number;
  readonly rows: number;
  readonly role: Role;
  /** The writer whose size the terminal has, or `null`. */
  readonly sizeOwner: string | null;
  readonly title: string;
  /** At most 1 KiB of this writer's input that may or may not have been typed when the PTY host was killed. */
  readonly ambiguous?: ByteRange;
  readonly migratedFrom?: string;
  /** May let others in, answer those who want to type, and send people away. */
  readonly manages?: boolean;
  /** By what the caller is here who is not a member of the project. */
  readonly guest?: Guest;
}

export interface Guest {
  readonly access: 'view' | 'request-write' | 'watch';
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

export interface ServerEvents {
  welcome: {
    readonly protocol: 1;
    readonly server: string;
    readonly node: string;
    readonly user: { readonly id: string; readonly email: string };
    readonly heartbeatMs: number;
    readonly limits: Limits;
  };
  opened: Opened;
  resized: {
    readonly channel: number;
    readonly cols: number;
    readonly rows: number;
    readonly owner: string | null;
    readonly offset: number;
  };
  exited: {
    readonly channel: number;
    readonly exitCode: number | null;
    readonly signal: string | null;
    /** `host-lost`, `hibernated`: opened again, the session gets a new process. Absent: an older server. */
    readonly reason?: EndReason;
    readonly offset: number;
  };
  activity: { readonly channel: number; readonly state: ActivityState; readonly unreadBytes: number };
  lagging: { readonly channel: number; readonly lost: ByteRange };
  title: { readonly channel: number; readonly title: string };
  cwd: { readonly channel: number; readonly cwd: string };
  /** A shell-integration mark (OSC 133 or 633). `exitCode` comes with `finished`. */
  command: {
    readonly channel: number;
    readonly state: 'prompt' | 'input' | 'running' | 'finished';
    readonly exitCode?: number;
    readonly command?: string;
  };
  detached: { readonly channel: number };
  /** Everybody who has the session open, when that changes; first when somebody joins the first one. */
  presence: {
    readonly channel: number;
    readonly viewers: readonly SessionViewer[];
    /** Of attachments, when there are more than the list tells. */
    readonly more?: number;
  };
  /** To be shown for as long as it is `active`. */
  notice: {
    readonly channel: number;
    /** `terminated`: an administrator ends the session, and `text` says why; `exited` follows. */
    readonly kind: 'watched' | 'terminated';
    readonly active: boolean;
    readonly text: string;
    readonly by: Person;
  };
  /** The own request is on its way to those who may answer it. */
  'write.pending': { readonly channel: number; readonly requestId: string };
  /** To those who manage the session: somebody wants to type. */
  'write.requested': { readonly channel: number; readonly requestId: string; readonly user: Person };
  /** The request was answered, or nobody answered in time. */
  'write.settled': { readonly channel: number; readonly requestId: string; readonly allowed: boolean };
  /** What this channel may do from here on. Input starts at `inputOffset`. */
  'role.changed': { readonly channel: number; readonly role: Role; readonly inputOffset: number };
  /** Of a Claude session: after `opened`, and when it changes. */
  'claude.state': ClaudeState & { readonly channel: number };
  /** Asked now; after `opened`, once more for each that waits. */
  'claude.permission': ClaudePermission & { readonly channel: number };
  /** Answered, here or in the terminal, or not asked any more. `by`: who answered from a card. */
  'claude.permission.settled': {
    readonly channel: number;
    readonly permissionId: string;
    readonly decision?: ClaudeDecision;
    readonly by?: Person;
  };
  'claude.usage': ClaudeUsage & { readonly channel: number };
  'claude.notice': ClaudeNotice & { readonly channel: number };
  /** About any session of this user, attached or not; without a channel. */
  'claude.attention': ClaudeAttention;
  'auth.expiring': { readonly expiresInMs: number };
  'auth.renewed': { readonly expiresInMs: number };
  pong: { readonly t?: unknown };
  goaway: { readonly reason: string; readonly reconnectAfterMs: number };
  error: ErrorData;
}

export interface ErrorData {
  readonly channel?: number;
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  /** With `input_gap`: the next input byte the server wants. */
  readonly inputOffset?: number;
  /** With a limit that was reached: which one, its value, and how much of it is in use. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export type ClientEventName = keyof ClientEvents;
export type ServerEventName = keyof ServerEvents;

export type ClientMessage = {
  [E in ClientEventName]: { readonly event: E; readonly data: ClientEvents[E]; readonly id?: string };
}[ClientEventName];

export type ServerMessage = {
  [E in ServerEventName]: { readonly event: E; readonly data: ServerEvents[E]; readonly id?: string };
}[ServerEventName];
