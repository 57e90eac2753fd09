/** Output kept in memory while the disk takes nothing. Beyond it the PTY is paused, so nothing is lost. */
const MAX_BYTES = 1024 * 1024;

/** The end of a transcript that the disk refused. */
export class UnwrittenTail {
  private pieces: Buffer[] = [];
  private total = 0;

  get bytes(): number {
    return this.total;
  }

  get full(): boolean {
    return this.total >= MAX_BYTES;
  }

  push(bytes: Uint8Array): void {
    this.pieces.push(Buffer.from(bytes));
    this.total += bytes.length;
  }

  /** Hands over what waits, in order, until `write` takes less than it is given; true when nothing waits any more. */
  drain(write: (piece: Buffer) => number): boolean {
    for (let piece = this.pieces[0]; piece; piece = this.pieces[0]) {
      const done = write(piece);
      this.total -= done;
      if (done < piece.length) {
        this.pieces[0] = piece.subarray(done);
        return false;
      }
      this.pieces.shift();
    }
    return true;
  }

  /** At most `max` bytes from the `at`th on. */
  read(at: number, max: number): Buffer {
    let before = 0;
    for (const piece of this.pieces) {
      if (at < before + piece.length) return piece.subarray(at - before, at - before + max);
      before += piece.length;
    }
    return Buffer.alloc(0);
  }

  clear(): void {
    this.pieces = [];
    this.total = 0;
  }
}
