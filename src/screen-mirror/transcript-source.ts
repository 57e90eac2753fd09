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

/** No session id contains it. */
const EPOCH_SEPARATOR = '\n';

/** Names the output of an earlier epoch, wherever a session's id names its current one. */
export function earlierEpoch(sessionId: string, epoch: string): string {
  return sessionId + EPOCH_SEPARATOR + epoch;
}

export function epochNamed(name: string): { readonly sessionId: string; readonly epoch: string | undefined } {
  const [sessionId = '', epoch] = name.split(EPOCH_SEPARATOR);
  return { sessionId, epoch };
}

/** What was written here is damaged on disk up to, not including, `to`. */
export class TranscriptDamagedError extends Error {
  constructor(readonly to: number) {
    super(`the transcript is damaged up to byte ${to}`);
  }
}

/** Runs `use` on all there is, then, as long as that meets damage, on what lies behind it. */
export async function behindDamage<T>(info: TranscriptInfo, use: (info: TranscriptInfo) => Promise<T>): Promise<T> {
  try {
    return await use(info);
  } catch (error) {
    if (!(error instanceof TranscriptDamagedError) || error.to <= info.start) throw error;
    return behindDamage({ ...info, start: error.to }, use);
  }
}

/** Where the mirror reads a session's output; `sessionId` may also be a name that {@link earlierEpoch} made. */
export abstract class TranscriptSource {
  abstract info(sessionId: string): Promise<TranscriptInfo>;
  /** At most `max` bytes from `from`, in one epoch; fewer when fewer are there. May throw a `TranscriptDamagedError`. */
  abstract read(sessionId: string, from: number, max: number): Promise<Buffer>;
}
