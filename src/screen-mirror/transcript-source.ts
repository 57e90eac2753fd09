/** From this output offset on the terminal had this size. */
export interface SizeMark {
  readonly offset: number;
  readonly cols: number;
  readonly rows: number;
}

/** What is held of a session's output: bytes `start` (oldest) up to, not including, `end`. */
export interface TranscriptInfo {
  readonly epoch: string;
  readonly start: number;
  readonly end: number;
  /** In order of offset; the last of several at one offset counts. */
  readonly sizes: readonly SizeMark[];
}

/** Where the mirror reads a session's output. */
export abstract class TranscriptSource {
  abstract info(sessionId: string): Promise<TranscriptInfo>;
  /** At most `max` bytes from `from`, in one epoch; fewer when fewer are there. */
  abstract read(sessionId: string, from: number, max: number): Promise<Buffer>;
}
