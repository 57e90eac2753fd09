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
  /** Present: `program` is `NEEDS_NEWER_HOST`, and what is run is named in here. */
  readonly confinement?: Confinement;
}

/** `program` of a confined launch: there is no such file, so that a host of an earlier build fails instead of running it freely. */
export const NEEDS_NEWER_HOST = '/holdfast/this-launch-needs-a-newer-pty-host';

/**
 * How a launch is kept in bounds. What it starts has a parent that stays as it is, ends with the program, and ends everything that
 * is left then.
 */
export interface Confinement {
  readonly program: string;
  readonly args: readonly string[];
  /** Base64. The program finds them to read as descriptors 10, 11, …; nothing of them is on disk or in an argument. */
  readonly descriptors: readonly string[];
  readonly umask: number;
  readonly limits: {
    readonly files: number;
    readonly fileBytes: number;
    /** Data of each process. */
    readonly memoryBytes: number;
    /** Of the user as a whole; absent: no limit here. */
    readonly processes?: number;
  };
}

/** Of the first of `Confinement.descriptors`. */
export const FIRST_DESCRIPTOR = 10;
/** More than any launcher needs; each is a descriptor of the keeper for a moment. */
export const MAX_DESCRIPTORS = 16;

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
  readonly reason: 'exited' | 'terminated' | 'expired' | 'host-lost' | 'hibernated';
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
  /** The same since somebody typed, also over REST; absent: an older host. */
  readonly idleInputMs?: number;
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
  /** How it ended; absent: an older host. */
  readonly exit?: ExitStatus | null;
  readonly sizes: readonly SizeMark[];
}

/** How gateways name an attachment to each other. The host passes it on and knows nothing of what it says. */
export interface AttachmentName {
  /** A UUID of this attachment. */
  readonly id: string;
  readonly label: string;
}

/** The longest `label`: an e-mail address and a few words. */
export const MAX_LABEL_LENGTH = 1024;
/** The longest `message` of `relay`. */
export const MAX_RELAY_LENGTH = 4096;

/** An attachment that has a name, as every gateway learns of it. */
export interface AudienceMember extends AttachmentName {
  readonly role: Role;
  /** Unix milliseconds. */
  readonly since: number;
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
   * that epoch has ended gets a new process, with an epoch of its own; the old output stays readable. Whether it may have one is
   * the gateway's business. (An older host replaces only what was lost with it, and answers with what has ended otherwise.)
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
      /** With a name it hears of the others that have one (`audience`, `relayed`), and they hear of it. */
      readonly name?: AttachmentName;
    };
    answer: Attached;
  };
  /** May type from here on, or not any more; what it sent before is judged by the role it had. */
  role: { body: { readonly role: Role }; answer: { readonly inputOffset: number } };
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
  /**
   * Ends the process for now, SIGTERM first; it ends as `hibernated`. `ifUntypedMs`: only when nobody has typed for so long,
   * refused otherwise. Not a kind of `terminate`, because a host that does not know it must not end anything for good.
   */
  hibernate: { body: { readonly sessionId: string; readonly ifUntypedMs?: number }; answer: Record<string, never> };
  /** Input without an attachment (REST): written once, acknowledged after the write. */
  type: { body: { readonly sessionId: string; readonly base64: string }; answer: { readonly bytes: number } };
  /** The server's answer to a terminal query found in output that ended at `queryEnd`; refused while a writer is attached. */
  'answer-query': {
    body: { readonly sessionId: string; readonly queryEnd: number; readonly base64: string };
    answer: { readonly taken: boolean };
  };
  /** From gateway to gateway, to one attachment of a session or to all that have a name. */
  relay: {
    body: { readonly sessionId: string; readonly to?: string; readonly message: string };
    answer: { readonly delivered: number };
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
      /** Who is attached; absent: an older host. */
      readonly audience?: readonly AudienceMember[];
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
  /** Who is attached now, when that has changed and anybody was ever there beside the first one; `more` than are listed. */
  audience: { readonly members: readonly AudienceMember[]; readonly more: number };
  relayed: { readonly message: string };
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
