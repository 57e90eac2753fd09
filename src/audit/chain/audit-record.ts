import type { AuditOutcome } from '../audit-log';

/** An event with its place in the stream of the process that wrote it down. */
export interface AuditRecord {
  /** One life of one process. */
  readonly stream: string;
  /** 1, 2, 3 … without a gap. */
  readonly seq: number;
  /** ISO 8601 in UTC with milliseconds; never earlier than the event before. */
  readonly at: string;
  readonly node: string;
  readonly code: string;
  readonly outcome: AuditOutcome;
  readonly reason: string | null;
  readonly actorId: string | null;
  readonly actorEmail: string | null;
  readonly actorRole: string | null;
  readonly loginId: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly requestId: string | null;
  readonly targetKind: string | null;
  readonly targetId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  /** The `mac` of the event before; of the first one, `GENESIS`. */
  readonly prev: string;
}

/** With the HMAC over all of it, which nobody without the key can make. */
export interface SealedRecord extends AuditRecord {
  readonly mac: string;
}

/** What an event says, before it has a place. */
export type AuditContent = Omit<AuditRecord, 'stream' | 'seq' | 'at' | 'node' | 'prev'>;

/** How far a stream goes. */
export interface StreamHead {
  readonly stream: string;
  readonly seq: number;
  readonly mac: string;
}

export const GENESIS = 'GENESIS';

const STREAM = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;

/** Whether it is a name that we give to streams: then it can also name a file. */
export function isStreamName(name: string): boolean {
  return STREAM.test(name);
}
