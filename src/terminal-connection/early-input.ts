/** Input that arrives before `opened` waits here. */
const MAX_EARLY_INPUT_BYTES = 256 * 1024;

export interface InputPiece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** What a client types while its channel is being opened, or while the PTY host restarts. */
export class EarlyInput {
  private pieces: InputPiece[] = [];
  private size = 0;

  /** False when there is no room. */
  push(offset: number, bytes: Uint8Array): boolean {
    if (this.size + bytes.length > MAX_EARLY_INPUT_BYTES) return false;
    // A copy: the bytes are a slice of a message.
    this.pieces.push({ offset, bytes: Uint8Array.from(bytes) });
    this.size += bytes.length;
    return true;
  }

  takeAll(): InputPiece[] {
    this.size = 0;
    return this.pieces.splice(0);
  }
}
