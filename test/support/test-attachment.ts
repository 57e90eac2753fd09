import { randomUUID } from 'node:crypto';
import { PendingLog, StreamReceiver, type ByteRange, type Role } from '@holdfast/protocol';
import type { DomainError } from '../../src/kernel/domain-error';
import type { AttachmentListener, HostAttachment } from '../../src/pty-client/host-attachment';
import type { PtyHostClient } from '../../src/pty-client/pty-host-client';
import type { AttachmentEvents, Attached } from '../../src/pty-host/wire/host-messages';
import { PREFIX_BYTES } from '../../src/pty-host/wire/host-frames';
import { eventually } from './eventually';

export interface TestAttachmentOptions {
  readonly writerId?: string;
  readonly role?: Role;
  readonly windowBytes?: number;
  readonly replayBytes?: number;
  readonly epoch?: string;
  readonly offset?: number;
  /** False: never acknowledges output. */
  readonly acknowledges?: boolean;
}

/** Input frames of this size are kept in flight, a few at a time. */
const INPUT_FRAME_BYTES = 16 * 1024;
const INPUT_WINDOW_BYTES = 256 * 1024;

type Told = {
  [K in keyof AttachmentEvents]: { readonly event: K; readonly data: AttachmentEvents[K]; readonly at: number };
}[keyof AttachmentEvents];

/**
 * What a gateway and a client do together, in one object: resumes output by offset, acknowledges it, sends input again from where
 * the host has it, and attaches again when the broker restarts.
 */
export class TestAttachment implements AttachmentListener {
  readonly writerId: string;
  /** Everything that was told, with the output position at which it was. */
  readonly told: Told[] = [];
  readonly ambiguous: ByteRange[] = [];
  /** The most that was unacknowledged at any time. */
  maxUnacknowledged = 0;
  /** A byte of output that was not in sequence. */
  gaps = 0;
  losses = 0;
  attached: Attached | undefined;
  refused: DomainError | undefined;
  inputAcknowledged = 0;
  private readonly chunks: Buffer[] = [];
  private readonly receiver: StreamReceiver;
  private readonly input = new PendingLog();
  private inputSent = 0;
  private acknowledged: number;
  private host: HostAttachment;
  private epoch: string | undefined;
  private detached = false;

  constructor(
    private readonly client: PtyHostClient,
    private readonly sessionId: string,
    private readonly options: TestAttachmentOptions,
  ) {
    this.writerId = options.writerId ?? randomUUID();
    this.receiver = new StreamReceiver(options.offset ?? 0);
    this.acknowledged = this.receiver.next;
    this.epoch = options.epoch;
    this.host = this.connect(options.offset);
  }

  get next(): number {
    return this.receiver.next;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get text(): string {
    return this.bytes.toString();
  }

  get exit(): AttachmentEvents['exited'] | undefined {
    return this.events('exited')[0]?.data;
  }

  events<K extends keyof AttachmentEvents>(event: K): { data: AttachmentEvents[K]; at: number }[] {
    return this.told.filter((told) => told.event === event) as unknown as { data: AttachmentEvents[K]; at: number }[];
  }

  type(input: string | Uint8Array): void {
    this.input.append(typeof input === 'string' ? Buffer.from(input) : input);
    this.pumpInput();
  }

  /** Sends a frame as it is, past all bookkeeping. */
  sendFrame(offset: number, bytes: Uint8Array): void {
    this.host.input(offset, bytes);
  }

  acknowledge(offset = this.next): void {
    this.acknowledged = offset;
    this.host.acknowledge(offset);
  }

  resize(cols: number, rows: number): void {
    this.host.resize(cols, rows);
  }

  setVisible(visible: boolean): void {
    this.host.setVisible(visible);
  }

  signal(...args: Parameters<HostAttachment['signal']>): void {
    this.host.signal(...args);
  }

  start(from: number): void {
    this.receiver.next = from;
    this.acknowledged = from;
    this.host.start(from);
  }

  detach(): void {
    this.detached = true;
    this.host.detach();
  }

  async whenAttached(): Promise<void> {
    await eventually(() => {
      if (this.refused) return;
      if (!this.attached) throw new Error('not attached yet');
    });
    if (this.refused) throw this.refused;
  }

  async whenText(wanted: string | RegExp): Promise<void> {
    await eventually(() => {
      if (!(typeof wanted === 'string' ? this.text.includes(wanted) : wanted.test(this.text)))
        throw new Error(`${String(wanted)} is not in ${JSON.stringify(this.text.slice(-400))}`);
    });
  }

  async whenExited(): Promise<AttachmentEvents['exited']> {
    return eventually(() => {
      if (!this.exit) throw new Error(`no exit yet, at ${this.next}`);
      return this.exit;
    });
  }

  /** All input was written to the PTY, or was reported as ambiguous. */
  async whenInputTaken(): Promise<void> {
    await eventually(() => {
      this.pumpInput();
      if (this.input.size > 0) throw new Error(`${this.input.size} bytes of input are not written`);
    }, 50_000);
  }

  // --- AttachmentListener ----------------------------------------------------------------------------------------------

  onAttached(attached: Attached): void {
    this.attached = attached;
    this.epoch = attached.session.epoch;
    if (attached.ambiguous) this.ambiguous.push(attached.ambiguous);
    this.input.trim(attached.inputOffset);
    this.inputSent = attached.inputOffset;
    this.pumpInput();
  }

  onRefused(error: DomainError): void {
    if (this.losses > 0 && error.code === 'host_unavailable') this.onLost();
    else this.refused = error;
  }

  onOutput(frame: Buffer, offset: number, length: number): void {
    const accepted = this.receiver.accept(offset, frame.subarray(PREFIX_BYTES, PREFIX_BYTES + length));
    if (accepted.kind !== 'deliver') return void this.gaps++;
    this.chunks.push(Buffer.from(accepted.bytes));
    this.maxUnacknowledged = Math.max(this.maxUnacknowledged, this.next - this.acknowledged);
    if (this.options.acknowledges !== false) this.acknowledge();
  }

  onInputAcknowledged(offset: number): void {
    this.inputAcknowledged = Math.max(this.inputAcknowledged, offset);
    this.input.trim(offset);
    this.pumpInput();
  }

  onEvent<K extends keyof AttachmentEvents>(event: K, data: AttachmentEvents[K]): void {
    this.told.push({ event, data, at: this.next } as unknown as Told);
    if (event !== 'input-refused') return;
    // `whenInputTaken` tries again.
    this.inputSent = (data as AttachmentEvents['input-refused']).inputOffset;
  }

  onLost(): void {
    this.losses++;
    if (this.detached) return;
    this.attached = undefined;
    this.acknowledged = this.next;
    this.host = this.connect(this.next);
  }

  private connect(offset: number | undefined): HostAttachment {
    const { writerId, sessionId, epoch } = this;
    const { role = 'writer', windowBytes = 256 * 1024, replayBytes = 64 * 1024 * 1024 } = this.options;
    return this.client.attach(
      { sessionId, writerId, role, cols: 80, rows: 24, windowBytes, replayBytes, epoch, offset },
      this,
    );
  }

  private pumpInput(): void {
    while (this.attached && this.inputSent < this.input.end && this.inputSent - this.input.start < INPUT_WINDOW_BYTES) {
      const bytes = this.input.read(Math.max(this.inputSent, this.input.start), INPUT_FRAME_BYTES);
      if (bytes.length === 0) return;
      this.inputSent = Math.max(this.inputSent, this.input.start);
      this.host.input(this.inputSent, bytes);
      this.inputSent += bytes.length;
    }
  }
}
