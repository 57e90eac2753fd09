import type { ByteRange, Role, SignalName } from '@holdfast/protocol';

/** Versions of the host protocol this build speaks: the highest common one is used. */
export const HOST_PROTOCOL = { min: 1, max: 1 } as const;

/** What to run. The host adds nothing to the environment and takes nothing from its own. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** The system user it runs as, when the host runs as root; absent: the host's own. */
  readonly user?: { readonly name: string; readonly uid: number; readonly gid: number };
}

export interface SizeMark {
  /** From this output offset on the terminal had this size. */
  readonly offset: number;
  readonly cols: number;
  readonly rows: number;
}

/** The byte at `offset`, and what follows it up to the next mark, was output at `unixMs`. */
export type TimeMark = readonly [offset: number, unixMs: number];

/** In one answer: with 30 bytes for each in JSON, half a frame at most. */
export const MAX_TIME_MARKS = 16_384;

export interface ExitStatus {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why, when it was not the process that ended by itself. */
  readonly reason: 'exited' | 'terminated' | 'expired' | 'host-lost';
}

/** What a gateway wants to find again about a session without its database; the host only keeps it. */
export interface SessionLabels {
  readonly ownerId: string;
  readonly gateway: string;
  readonly profile: string;
}

/** What the host knows of one session. */
export interface HostSession {
  readonly sessionId: string;
  /** As given at its creation; absent: by an older gateway. */
  readonly labels?: SessionLabels;
  readonly epoch: string;
  /** 1 for the first process of the session, one more for each that took its place. */
  readonly epochNumber: number;
  readonly incarnation: number;
  readonly pid: number;
  readonly cols: number;
  readonly rows: number;
  readonly title: string;
  readonly cwd: string;
  readonly start: number;
  readonly end: number;
  readonly attachments: number;
  readonly sizeOwner: string | null;
  readonly createdAt: number;
  /** Unix milliseconds of the last output. */
  readonly lastOutputAt: number;
  /** Milliseconds without output, of a clock that neither jumps nor runs while the machine sleeps. Counts anew with every broker. */
  readonly idleOutputMs: number;
  /** The same since the last attachment left; 0 while there is one. */
  readonly idleViewerMs: number;
  readonly exit: ExitStatus | null;
  /** Unix milliseconds; of a lost host, its last sign of life. */
  readonly endedAt: number | null;
}

/** One incarnation of a session's process. */
export interface EpochInfo {
  readonly epoch: string;
  readonly epochNumber: number;
  /** What is held of its output. */
  readonly start: number;
  readonly end: number;
  readonly createdAt: number;
  readonly endedAt: number | null;
  readonly sizes: readonly SizeMark[];
}

export interface Attached {
  readonly session: HostSession;
  /** False: the wanted position is not to be had (or none was named); nothing is sent until `start`. */
  readonly started: boolean;
  /** The position from which output follows, when started. */
  readonly from: number;
  /** The next input byte of this writer. */
  readonly inputOffset: number;
  readonly ambiguous?: ByteRange;
}

export interface HostRequests {
  hello: {
    body: { readonly min: number; readonly max: number; readonly build: string };
    answer: {
      readonly protocol: number;
      readonly build: string;
      readonly incarnation: number;
      readonly generation: number;
      readonly pid: number;
      readonly keeperPid: number;
    };
  };
  /** What holds for the host as a whole; the last gateway that said it counts. */
  configure: {
    /** Disk space of all transcripts; beyond it the oldest output goes. */
    body: { readonly transcriptTotalBytes: number };
    answer: Record<string, never>;
  };
  /**
   * Idempotent by `sessionId`: a second call finds the first one's process. With `replaceEpoch`, a session whose process of
   * that epoch was lost with its host gets a new process, with an epoch of its own; the old output stays readable.
   */
  create: {
    body: {
      readonly sessionId: string;
      readonly launch: Launch;
      readonly cols: number;
      readonly rows: number;
      readonly transcriptBytes: number;
      readonly labels?: SessionLabels;
      readonly replaceEpoch?: string;
    };
    answer: { readonly created: boolean; readonly session: HostSession };
  };
  attach: {
    body: {
      readonly sessionId: string;
      readonly writerId: string;
      readonly role: Role;
      /** The size this attachment wants once it owns the size; attaching itself never resizes. Absent: any will do. */
      readonly cols?: number;
      readonly rows?: number;
      readonly windowBytes: number;
      /** The most that is replayed; further behind, the attachment waits for `start`. */
      readonly replayBytes: number;
      readonly epoch?: string;
      readonly offset?: number;
    };
    answer: Attached;
  };
  /** Output follows from `from`. */
  start: { body: { readonly from: number }; answer: Record<string, never> };
  detach: { body: Record<string, never>; answer: Record<string, never> };
  resize: { body: { readonly cols: number; readonly rows: number }; answer: Record<string, never> };
  /** Resizes without an attachment; the size owner stays. */
  'resize-session': {
    body: { readonly sessionId: string; readonly cols: number; readonly rows: number };
    answer: Record<string, never>;
  };
  visibility: { body: { readonly visible: boolean }; answer: Record<string, never> };
  signal: { body: { readonly signal: SignalName }; answer: Record<string, never> };
  /** `ifIdleMs`: only what nobody has watched and what has printed nothing for so long, as expired; refused otherwise. */
  terminate: {
    body: { readonly sessionId: string; readonly signal?: SignalName; readonly ifIdleMs?: number };
    answer: Record<string, never>;
  };
  /** Input without an attachment (REST): written once, acknowledged after the write. */
  type: { body: { readonly sessionId: string; readonly base64: string }; answer: { readonly bytes: number } };
  /** The server's answer to a terminal query found in output that ended at `queryEnd`; refused while a writer is attached. */
  'answer-query': {
    body: { readonly sessionId: string; readonly queryEnd: number; readonly base64: string };
    answer: { readonly taken: boolean };
  };
  /** Of the current epoch, or of an earlier one that is still held. */
  info: {
    body: { readonly sessionId: string; readonly epoch?: string };
    answer: {
      readonly session: HostSession;
      readonly sizes: readonly SizeMark[];
      readonly answerFrom: number | null;
      /** All that are held, oldest first, the current one last. */
      readonly epochs: readonly EpochInfo[];
    };
  };
  /** Answered by a `bytes` frame; refused with `transcript_damaged` where the disk does not hold what was written. */
  read: {
    body: { readonly sessionId: string; readonly epoch?: string; readonly from: number; readonly max: number };
    answer: Uint8Array;
  };
  /**
   * When bytes `from` to `to` (not included) were output, ascending in both. The first mark governs `from` and may lie before
   * it. As many as `MAX_TIME_MARKS` mean that there may be others: ask again from the last one's offset + 1, which is then
   * governed by that last mark. Bytes before the first mark have no time.
   */
  times: {
    body: { readonly sessionId: string; readonly epoch?: string; readonly from: number; readonly to: number };
    answer: { readonly marks: readonly TimeMark[] };
  };
  list: { body: Record<string, never>; answer: { readonly sessions: readonly HostSession[] } };
  /** Forgets an ended session and deletes its transcript. */
  remove: { body: { readonly sessionId: string }; answer: Record<string, never> };
  stats: {
    body: Record<string, never>;
    answer: {
      readonly sessions: number;
      readonly attachments: number;
      readonly rssBytes: number;
      readonly keeperRssBytes: number;
      /** Without it no new terminal can be made. */
      readonly keeperAlive: boolean;
      /** Disk space of all transcripts. */
      readonly transcriptBytes: number;
      /** Taken back since this broker started, because all together had too much. */
      readonly transcriptDroppedBytes: number;
    };
  };
  /** The broker ends and the keeper starts the installed build; no shell notices. */
  roll: { body: Record<string, never>; answer: Record<string, never> };
  /** Ends every shell, then the host. */
  shutdown: { body: Record<string, never>; answer: Record<string, never> };
}

export type HostOperation = keyof HostRequests;

export type HostRequest = {
  [K in HostOperation]: { readonly op: K; readonly body: HostRequests[K]['body'] };
}[HostOperation];

/** About one attachment. */
export interface AttachmentEvents {
  exited: ExitStatus & { readonly offset: number };
  resized: { readonly cols: number; readonly rows: number; readonly owner: string | null; readonly offset: number };
  activity: { readonly state: 'output' | 'idle' | 'bell'; readonly unreadBytes: number };
  title: { readonly title: string };
  cwd: { readonly cwd: string };
  command: {
    readonly state: 'prompt' | 'input' | 'running' | 'finished';
    readonly exitCode?: number;
    readonly command?: string;
  };
  /** Too far behind to catch up: the gateway makes a snapshot and sends `start`. */
  lagging: { readonly next: number };
  'input-refused': {
    readonly code: 'input_gap' | 'input_overflow' | 'taken_over' | 'read_only' | 'session_ended';
    readonly inputOffset: number;
  };
}

/** About the host; every connection gets them. */
export interface HostWideEvents {
  'session-ended': { readonly session: HostSession };
  'session-title': { readonly sessionId: string; readonly title: string };
  /** All transcripts together had too much: this one begins at `start` now. */
  'transcript-dropped': { readonly sessionId: string; readonly epoch: string; readonly start: number };
  /** A program asked its terminal something while no visible writer was attached; at most 4 a second for each session. */
  'unattended-query': { readonly sessionId: string };
}

export type HostEvent =
  | { [K in keyof AttachmentEvents]: { readonly event: K; readonly data: AttachmentEvents[K] } }[keyof AttachmentEvents]
  | { [K in keyof HostWideEvents]: { readonly event: K; readonly data: HostWideEvents[K] } }[keyof HostWideEvents];

export interface HostRefusal {
  readonly code: string;
  readonly message: string;
  /** With a limit that was reached: which one, its value, and how much of it is in use. */
  readonly details?: Readonly<Record<string, unknown>>;
}
