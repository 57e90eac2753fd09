import type {
  ActivityState,
  ByteRange,
  ClaudeDecision,
  ClaudeNotice,
  ClaudePermission,
  ClaudePermissionAnswer,
  ClaudeState,
  ClaudeUsage,
  EndReason,
  Opened,
  Resume,
  Role,
  ServerEvents,
  SignalName,
} from '@holdfast/protocol';

/**
 * How a socket proves who it is. Called again before every connection attempt, so values may be short-lived. A rejection
 * counts as a failed attempt; one whose error has `retryable: false` (logged out) ends the client.
 */
export type Credentials =
  /** Browsers: a single-use ticket from `POST /api/auth/ws-ticket`. */
  | { readonly ticket: () => Promise<string> }
  /** Node and command-line programs: an access token, sent as `Authorization: Bearer`. */
  | { readonly token: () => Promise<string> };

/** The part of the WebSocket API that the SDK uses; the browser's, Node 22's and the `ws` package's all fit. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  /** Why the upgrade was refused, when the factory can see it (`fromWs` can); read at the close event. */
  readonly refusal?: UpgradeRefusal;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void;
}

/** An upgrade that was answered with an HTTP status instead of 101. */
export interface UpgradeRefusal {
  readonly status: number;
  readonly code?: string;
  readonly message?: string;
  readonly retryAfterMs?: number;
}

export type WebSocketFactory = (url: string, protocols: string[], headers: Record<string, string>) => WebSocketLike;

export interface ClientOptions {
  /** `ws://` or `wss://` address of a gateway, for example `wss://host/ws/terminal`. */
  readonly url: string;
  readonly credentials: Credentials;
  /** Needed on Node with `credentials.token`: `(url, protocols, headers) => new WebSocket(url, protocols, { headers })` of `ws`. */
  readonly createWebSocket?: WebSocketFactory;
  /** For tests: time and randomness. */
  readonly timers?: Timers;
}

export interface Timers {
  now(): number;
  random(): number;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** Forward and back between these, `closed` is final. */
export type ConnectionState =
  | { readonly name: 'idle' }
  | { readonly name: 'connecting'; readonly attempt: number }
  | { readonly name: 'online' }
  /** Waiting for the next attempt, at `retryAt` (milliseconds of `Timers.now`). */
  | { readonly name: 'waiting'; readonly attempt: number; readonly retryAt: number }
  /** The client's breaker is open: nothing is sent until its probe at `retryAt`. */
  | { readonly name: 'broken'; readonly retryAt: number }
  | { readonly name: 'closed'; readonly code: number; readonly reason: string };

export interface OpenOptions {
  readonly projectId: string;
  /** Absent: a new session. */
  readonly sessionId?: string;
  readonly cols: number;
  readonly rows: number;
  readonly role?: Role;
  readonly profile?: string;
  /**
   * What the application already has, for example from `Terminal.position()` saved before a reload. Absent: the server sends
   * a snapshot of an existing session.
   */
  readonly resumeFrom?: { readonly epoch: string; readonly offset: number };
  /**
   * What becomes of a program's access to the clipboard (OSC 52) in its output. `swallow`, the default: an emulator that has one never
   * sees it. `pass`: for an application that asks its user.
   */
  readonly clipboard?: 'swallow' | 'pass';
}

export interface PasteOptions {
  /** The program asked for bracketed paste, as the emulator knows (xterm.js: `modes.bracketedPasteMode`). Default: it did not. */
  readonly bracketed?: boolean;
}

/** What was pasted. To ask the user first, see `cleanPaste`. */
export interface Pasted {
  /** False: too much is waiting, or the terminal is over or a viewer, as for `write`. */
  readonly sent: boolean;
  /** Newlines in the text. */
  readonly newlines: number;
  /** Each newline was an Enter: a shell runs every line. */
  readonly ranLines: boolean;
  /** Control characters that were left out. */
  readonly removed: number;
}

/** Call when the emulator has parsed the bytes; only then does the server send more than its window. */
export type Acknowledge = () => void;

export interface TerminalEvents {
  opened: Opened;
  /** Output. Call `ack` once the emulator has parsed it (xterm.js: the callback of `write`). */
  data: { readonly bytes: Uint8Array; readonly offset: number; readonly ack: Acknowledge };
  /** Reset the emulator, then write these bytes; never answer a query found in them. */
  snapshot: {
    readonly bytes: Uint8Array;
    readonly offset: number;
    readonly resume: Resume | 'lagging';
    readonly lost?: ByteRange;
    readonly ack: Acknowledge;
  };
  resized: { readonly cols: number; readonly rows: number; readonly owner: string | null; readonly own: boolean };
  /** `reason` is `host-lost` or `hibernated` when the process did not end by itself: opened again, the session gets a new one. */
  exit: { readonly exitCode: number | null; readonly signal: string | null; readonly reason?: EndReason };
  activity: { readonly state: ActivityState; readonly unreadBytes: number };
  title: string;
  cwd: string;
  command: Omit<ServerEvents['command'], 'channel'>;
  /** What may be done from here on; also told by `opened`. */
  role: Role;
  /** Everybody who has the session open, each person once. Nothing is said while that is nobody else. */
  presence: Omit<ServerEvents['presence'], 'channel'>;
  /** To be shown for as long as it is `active`. */
  notice: Omit<ServerEvents['notice'], 'channel'>;
  /** Somebody wants to type: see `answerWrite`. */
  'write.requested': Omit<ServerEvents['write.requested'], 'channel'>;
  'write.pending': Omit<ServerEvents['write.pending'], 'channel'>;
  'write.settled': Omit<ServerEvents['write.settled'], 'channel'>;
  /** Of a Claude session, as the next four: after every `opened`, and when it changes. */
  'claude.state': Omit<ServerEvents['claude.state'], 'channel'>;
  'claude.permission': Omit<ServerEvents['claude.permission'], 'channel'>;
  'claude.permission.settled': Omit<ServerEvents['claude.permission.settled'], 'channel'>;
  'claude.usage': Omit<ServerEvents['claude.usage'], 'channel'>;
  'claude.notice': Omit<ServerEvents['claude.notice'], 'channel'>;
  /** Input that was typed but will not be sent, because the process was replaced or the terminal was closed. */
  unsent: Uint8Array;
  /** At most 1 KiB of input that may or may not have reached the process when the PTY host was killed. */
  ambiguous: ByteRange;
  error: { readonly code: string; readonly message: string; readonly retryable: boolean };
  closed: { readonly code: string; readonly message: string };
}

export type TerminalState = 'opening' | 'open' | 'resuming' | 'exited' | 'closed';

export interface Subscription {
  dispose(): void;
}

export interface ClaudeEvents {
  state: ClaudeState;
  /** All that wait, when one is asked or is not asked any more. */
  permissions: readonly ClaudePermission[];
  /** `decision` and `by`: when it was answered from a card. */
  settled: Omit<ServerEvents['claude.permission.settled'], 'channel'>;
  usage: ClaudeUsage;
  /** Also when it is not `active` any more. */
  notice: ClaudeNotice;
}

/** The Claude session in a terminal, also over reconnects. Of other terminals nothing is known. */
export interface TerminalClaude {
  /** Absent: the server has not told, or it is not a Claude session. */
  readonly state: ClaudeState | undefined;
  /** What waits for an answer, oldest first. */
  readonly permissions: readonly ClaudePermission[];
  readonly usage: ClaudeUsage | undefined;
  /** While one is active. */
  readonly notice: ClaudeNotice | undefined;
  on<K extends keyof ClaudeEvents>(event: K, listener: (payload: ClaudeEvents[K]) => void): Subscription;
  /** The first answer counts: `settled` says whose it was, or an `error` with `conflict` of the terminal. */
  answer(
    permissionId: string,
    decision: ClaudeDecision,
    more?: Pick<ClaudePermissionAnswer, 'message' | 'remember' | 'answers'>,
  ): void;
  /** Goes on with what a restart interrupted. */
  continue(): void;
  /** Leaves it as it is: the notice goes away. */
  dismiss(): void;
}

/** One terminal: an attachment that outlives its sockets. */
export interface Terminal {
  readonly state: TerminalState;
  /** Known after `opened`. */
  readonly sessionId: string | undefined;
  readonly writerId: string;
  readonly title: string;
  readonly cols: number;
  readonly rows: number;
  /** `viewer`: what is written goes nowhere. */
  readonly role: Role;
  /** What is known of its Claude session, when it is one. */
  readonly claude: TerminalClaude;
  /** Resolves at the first `opened`, rejects with the error that refused it. */
  readonly ready: Promise<Opened>;
  on<K extends keyof TerminalEvents>(event: K, listener: (payload: TerminalEvents[K]) => void): Subscription;
  onData(listener: (bytes: Uint8Array, ack: Acknowledge) => void): Subscription;
  onExit(listener: (exit: TerminalEvents['exit']) => void): Subscription;
  /**
   * Queues input; it is sent exactly once, also over reconnects. Returns false, and takes nothing, when more than
   * `MAX_UNSENT_BYTES` would wait or the terminal is over or a viewer.
   */
  write(input: string | Uint8Array): boolean;
  /** Types a text that nobody typed: without its control characters, so that it cannot be keys or end bracketed paste. */
  paste(text: string, options?: PasteOptions): Pasted;
  resize(cols: number, rows: number): void;
  setVisible(visible: boolean): void;
  signal(signal: SignalName): void;
  /** Asks whoever manages the session for the right to type; `write.settled` and `role` follow. */
  requestWrite(): void;
  /** The first answer counts. */
  answerWrite(requestId: string, allow: boolean, forSeconds?: number): void;
  /** Takes back what was allowed. */
  revokeWrite(userId: string): void;
  /** Sends somebody away from the session. */
  kick(userId: string): void;
  /** Answers what a Claude session asks; the first answer counts, and `claude.permission.settled` says whose it was. */
  answerPermission(answer: ClaudePermissionAnswer): void;
  /** Goes on with what a restart interrupted. */
  continueClaude(): void;
  /** Leaves what a restart interrupted as it is: the notice goes away. */
  dismissClaude(): void;
  /** Ends the process. */
  terminate(signal?: SignalName): void;
  /** Leaves; the process runs on. Resolves when the server confirmed or the socket is gone. */
  detach(): Promise<void>;
  /** What has been acknowledged, to resume from after a reload. */
  position(): { readonly epoch: string; readonly offset: number } | undefined;
}

export interface ClientEvents {
  state: ConnectionState;
  welcome: ServerEvents['welcome'];
  /** Round-trip time of the last ping, in milliseconds. */
  latency: number;
  error: { readonly code: string; readonly message: string };
  /** About any Claude session of this user, opened here or not. */
  'claude.attention': ServerEvents['claude.attention'];
}

/** One socket, kept alive, with many terminals on it. */
export interface Client {
  readonly state: ConnectionState;
  /** Resolves at the first `welcome`; rejects when the server refuses for good. */
  connect(): Promise<void>;
  open(options: OpenOptions): Terminal;
  on<K extends keyof ClientEvents>(event: K, listener: (payload: ClientEvents[K]) => void): Subscription;
  /** Try now instead of waiting; at most once a second. For `online` and `visibilitychange` in browsers this is done for you. */
  retryNow(): void;
  close(): Promise<void>;
}
