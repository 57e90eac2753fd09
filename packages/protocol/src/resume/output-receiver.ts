import { StreamReceiver, type Accepted } from './stream-receiver';

/** A place in the output of one process. */
export interface OutputPosition {
  readonly epoch: string;
  readonly offset: number;
}

/** The client's half of the output: what of all that its connections bring is new, and what to ask for. */
export class OutputReceiver {
  private readonly stream = new StreamReceiver();
  /** Whether `stream.next` means something: false until the first byte's position is known. */
  private positioned = false;
  private currentEpoch: string | undefined;

  get epoch(): string | undefined {
    return this.currentEpoch;
  }

  get placed(): boolean {
    return this.positioned;
  }

  /** The next byte that is wanted, once it is known which one that is. */
  get next(): number | undefined {
    return this.positioned ? this.stream.next : undefined;
  }

  /** Everything before `offset` was delivered. */
  has(offset: number): boolean {
    return this.positioned && this.stream.next >= offset;
  }

  /** The server said which process this is. Returns whether another one was there before: its positions mean nothing now. */
  opened(epoch: string): boolean {
    const replaced = this.currentEpoch !== undefined && this.currentEpoch !== epoch;
    this.currentEpoch = epoch;
    if (replaced) this.positioned = false;
    return replaced;
  }

  /** The first byte that counts is at `offset`. */
  startAt(offset: number): void {
    this.stream.next = offset;
    this.positioned = true;
  }

  accept(offset: number, bytes: Uint8Array): Accepted {
    return this.stream.accept(offset, bytes);
  }

  /**
   * A snapshot of `offset` came in answer to a wish for `asked`. False when the screen is right as it is: an older connection
   * delivered meanwhile what the newer one had to skip.
   */
  jumpTo(offset: number, asked: number | undefined): boolean {
    const overtaken = this.positioned && offset > (asked ?? Infinity) && offset <= this.stream.next;
    if (!overtaken) this.startAt(offset);
    return !overtaken;
  }
}
