/** Control events of `holdfast.v1`: text frames `{ event, data, id? }`. An answer repeats the `id`. */

export type Role = 'writer' | 'viewer';
/** Why a process ended: by itself, because somebody wanted it, because nobody used it, or with its host. */
export type EndReason = 'exited' | 'terminated' | 'expired' | 'host-lost';

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

export interface ClientEvents {
  open: OpenRequest;
  resize: { readonly channel: number; readonly cols: number; readonly rows: number };
  visibility: { readonly channel: number; readonly visible: boolean };
  detach: { readonly channel: number };
  terminate: { readonly channel: number; readonly signal?: SignalName };
  signal: { readonly channel: number; readonly signal: SignalName };
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
    /** `host-lost`: not by itself; opened again, the session gets a new process. Absent: an older server. */
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
