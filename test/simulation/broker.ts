import { PendingLog, resumePoint, type ByteRange, type OpenRequest } from '@holdfast/protocol';
import { Attachment, type FrameSink } from '../../src/pty-host/broker/attachment';
import { Attachments } from '../../src/pty-host/broker/attachments';
import { InputLedger, LEDGER_BYTES, type LedgerStore } from '../../src/pty-host/broker/input-ledger';
import type { InputQueue } from '../../src/pty-host/broker/input-queue';
import { TypedInput } from '../../src/pty-host/broker/typed-input';
import { PREFIX_BYTES } from '../../src/pty-host/wire/host-frames';
import type { VirtualTime } from './virtual-time';
import { outputBytes } from './pattern';
import { SimulatedPty, type BaseOf } from './pty';
import type { Random } from './random';

/** SIGKILL: whatever was going on is not going on any more. */
export class Killed extends Error {}

export type KillPoint = 'before-write' | 'after-write' | 'after-commit' | 'after-append';

/** What of one process's terminal survives every broker. */
export class Disk implements LedgerStore {
  readonly journal = new PendingLog();
  private readonly ledger = Buffer.alloc(LEDGER_BYTES / 32);
  readonly pty: SimulatedPty;

  constructor(
    readonly epoch: number,
    baseOf: BaseOf,
  ) {
    this.pty = new SimulatedPty(baseOf);
  }

  read(): Buffer {
    return Buffer.from(this.ledger);
  }

  put(bytes: Uint8Array, at: number): boolean {
    this.ledger.set(bytes, at);
    return true;
  }

  close(): void {
    // Nothing is open.
  }
}

export interface Faults {
  readonly random: Random;
  /** The next time the broker comes there, it is killed. */
  killAt: KillPoint | undefined;
  /** The program does not read. */
  ptyFull: boolean;
}

interface Window {
  readonly windowBytes: number;
  readonly replayBytes: number;
}

/** One life of the broker: its own classes on a disk that is in memory. Every entry may throw `Killed`. */
export class Broker {
  readonly attachments = new Attachments();
  private readonly ledger: InputLedger;
  private readonly typed: TypedInput;
  private readonly queue: InputQueue;
  private serials = 0;

  constructor(
    readonly disk: Disk,
    private readonly timers: VirtualTime,
    private readonly faults: Faults,
    guard: (run: () => void) => void,
  ) {
    this.ledger = new InputLedger({
      read: () => disk.read(),
      put: (bytes, at) => this.put(bytes, at),
      close: () => disk.close(),
    });
    const monotonic = (): number => timers.now();
    this.typed = new TypedInput(this.ledger, this.attachments, monotonic);
    this.queue = this.typed.queueTo(
      (bytes, at, length) => this.write(bytes, at, length),
      (ms, run) => {
        const timer = timers.setTimeout(() => guard(run), ms);
        return () => timers.clearTimeout(timer);
      },
    );
  }

  get epochName(): string {
    return `epoch-${this.disk.epoch}`;
  }

  /** Everything that was accepted is written. */
  get idle(): boolean {
    return this.queue.empty;
  }

  writerState(writerId: string): { readonly written: number; readonly ambiguous: ByteRange | undefined } | undefined {
    return this.ledger.get(writerId);
  }

  attach(
    request: OpenRequest,
    limits: Window,
    sink: FrameSink,
    created: boolean,
  ): { attachment: Attachment; inputOffset: number; ambiguous: ByteRange | undefined } {
    const { channel, writerId, role = 'writer' } = request;
    const options = { channel, writerId, role, ...limits };
    const wanted = created ? { epoch: this.epochName, offset: 0 } : request;
    const from = resumePoint(this.disk.journal, this.epochName, wanted, limits.replayBytes);
    const writer = this.typed.claim(options, true);
    const now = (): number => this.timers.now();
    const attachment = new Attachment(options, sink, this.disk.journal, from, ++this.serials, now);
    this.attachments.add(attachment);
    return { attachment, inputOffset: writer?.resumeAt ?? 0, ambiguous: writer?.ambiguous };
  }

  input(attachment: Attachment, offset: number, bytes: Uint8Array): void {
    this.typed.accept(
      attachment,
      { offset, bytes },
      { queue: this.queue, answers: true, beforeWriting: () => undefined },
    );
  }

  /** The process wrote something: journal first, then everybody who looks. */
  output(length: number): void {
    const { journal, epoch } = this.disk;
    const offset = journal.end;
    const bytes = outputBytes(epoch, offset, length);
    journal.append(bytes);
    this.killIf('after-append');
    const frame = Buffer.alloc(PREFIX_BYTES + length);
    frame.set(bytes, PREFIX_BYTES);
    for (const attachment of this.attachments) attachment.offer(frame, offset, length, false);
    this.attachments.catchUp();
  }

  /** It is over: nothing of it happens any more. */
  end(): void {
    this.queue.close();
    this.attachments.clear();
  }

  private write(bytes: Uint8Array, at: number, length: number): number {
    const { faults, disk } = this;
    this.killIf('before-write');
    if (faults.ptyFull) return 0;
    const size = faults.random.chance(0.2) ? faults.random.between(0, length) : length;
    disk.pty.take(bytes.subarray(at, at + size));
    this.killIf('after-write');
    return size;
  }

  private put(bytes: Uint8Array, at: number): boolean {
    this.disk.put(bytes, at);
    // A commit is a record whose two numbers are the same.
    if (bytes.length === 16 && Buffer.compare(bytes.subarray(0, 8), bytes.subarray(8, 16)) === 0) {
      this.killIf('after-commit');
    }
    return true;
  }

  private killIf(point: KillPoint): void {
    if (this.faults.killAt !== point) return;
    this.faults.killAt = undefined;
    throw new Killed(point);
  }
}
