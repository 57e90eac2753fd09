/** An append-only stream of bytes with absolute offsets, of which the oldest may be gone. */
export interface ByteLog {
  /** The oldest byte that can still be read. */
  readonly start: number;
  /** One past the newest byte. */
  readonly end: number;
  /** At most `max` bytes from `offset`; fewer where the log ends or a piece of it does. */
  read(offset: number, max: number): Uint8Array;
}

/** Bytes of a stream, and where in it they are. */
export interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}
