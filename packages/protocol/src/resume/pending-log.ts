import type { ByteLog } from './byte-log';

/** Bytes kept until they are acknowledged, for example a client's typed input. */
export class PendingLog implements ByteLog {
  private pieces: Uint8Array[] = [];
  private first = 0;
  private last = 0;

  constructor(at = 0) {
    this.first = at;
    this.last = at;
  }

  get start(): number {
    return this.first;
  }

  get end(): number {
    return this.last;
  }

  get size(): number {
    return this.last - this.first;
  }

  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.pieces.push(bytes);
    this.last += bytes.length;
  }

  /** Forgets everything before `offset`. */
  trim(offset: number): void {
    while (this.pieces.length > 0 && this.first < offset) {
      const piece = this.pieces[0] as Uint8Array;
      const cut = Math.min(piece.length, offset - this.first);
      this.first += cut;
      if (cut === piece.length) this.pieces.shift();
      else this.pieces[0] = piece.subarray(cut);
    }
  }

  read(offset: number, max: number): Uint8Array {
    if (offset < this.first) return new Uint8Array(0);
    let at = this.first;
    for (const piece of this.pieces) {
      if (offset < at + piece.length) return piece.subarray(offset - at, offset - at + max);
      at += piece.length;
    }
    return new Uint8Array(0);
  }

  /** Everything that is held, as one array; the log is empty afterwards. */
  drain(): Uint8Array {
    const all = new Uint8Array(this.size);
    let at = 0;
    for (const piece of this.pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    this.pieces = [];
    this.first = this.last;
    return all;
  }
}
