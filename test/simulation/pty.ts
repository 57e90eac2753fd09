import { MAX_WRITE_BYTES, type ByteRange } from '@holdfast/protocol';
import { inputBytes, same, writerOf } from './pattern';
import { ensure } from './violation';

/** Where a writer's bytes begin in what it typed altogether: every process counts from 0. */
export type BaseOf = (writer: number) => number;

/** The program's end of the terminal: looks at every byte it is given. */
export class SimulatedPty {
  /** The next byte of each writer, counted as the host counts. */
  private readonly next = new Map<number, number>();
  /** What was never written and must have been named as ambiguous. */
  readonly skipped: { readonly writer: number; readonly range: ByteRange }[] = [];
  bytes = 0;

  constructor(private readonly baseOf: BaseOf) {}

  received(writer: number): number {
    return this.next.get(writer) ?? 0;
  }

  /** One write: all of it is of one writer. */
  take(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const writer = writerOf(bytes[0] as number);
    const at = this.received(writer);
    const typed = inputBytes(writer, this.baseOf(writer) + at, bytes.length);
    ensure(same(typed, bytes), `writer ${writer}: ${bytes.length} bytes at ${at} are not what was typed there`);
    this.next.set(writer, at + bytes.length);
    this.bytes += bytes.length;
  }

  /** A host that was killed says what it takes as written. What it has not really written must be ambiguous. */
  recover(writer: number, written: number, ambiguous: ByteRange | undefined): void {
    const received = this.received(writer);
    ensure(written >= received, `writer ${writer}: written to ${received}, but the host would go on at ${written}`);
    if (ambiguous) ensure(ambiguous.to - ambiguous.from <= MAX_WRITE_BYTES, 'more than one write is ambiguous');
    if (written === received) return;
    const flagged = ambiguous !== undefined && ambiguous.from <= received && ambiguous.to >= written;
    ensure(flagged, `writer ${writer}: ${received} to ${written} was never written and is not named as ambiguous`);
    this.skipped.push({ writer, range: { from: received, to: written } });
    this.next.set(writer, written);
  }
}
