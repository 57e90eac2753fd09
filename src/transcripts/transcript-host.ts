import type { ExitStatus, SizeMark, TimeMark } from '../pty-host/wire/host-messages';

/** One epoch of output, as the PTY host holds it. */
export interface HeldTranscript {
  /** The session's storage key. */
  readonly key: string;
  readonly epoch: string;
  /** 1 for the first process of the session. */
  readonly epochNumber: number;
  /** The oldest byte that is held. */
  readonly start: number;
  readonly end: number;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly lastOutputAt: number;
  /** How the process ended; null while it runs. */
  readonly exit: ExitStatus | null;
}

export interface TranscriptDetails extends HeldTranscript {
  /** In order of offset. */
  readonly sizes: readonly SizeMark[];
}

export interface TimeMarks {
  readonly marks: readonly TimeMark[];
  /** Otherwise ask again, from the byte after the last mark's. */
  readonly isAll: boolean;
}

/** Transcripts, as search and recordings read them. */
export abstract class TranscriptHost {
  /** Nobody answers at the moment: what can wait should. */
  abstract readonly isAway: boolean;
  abstract list(): Promise<readonly HeldTranscript[]>;
  abstract details(key: string, epoch?: string): Promise<TranscriptDetails>;
  /** At most `max` bytes from `from`; none when that byte is not held. */
  abstract read(key: string, epoch: string, from: number, max: number): Promise<Uint8Array>;
  /** When bytes `from` … `to` were output. The first mark governs `from` and may lie before it. */
  abstract times(key: string, epoch: string, from: number, to: number): Promise<TimeMarks>;
  /** Epochs of a session before its current one, as far as they are held. */
  abstract earlierEpochs(key: string): Promise<readonly HeldTranscript[]>;
}
