import { decodeFrame, type Role, type SignalName } from '@holdfast/protocol';
import { HostFrameType, LENGTH_BYTES, encodeHostFrame } from '../pty-host/wire/host-frames';
import type { AttachmentEvents, Attached, HostOperation, HostRequests } from '../pty-host/wire/host-messages';
import type { DomainError } from '../kernel/domain-error';

/** What the owner of an attachment is told, in order. */
export interface AttachmentListener {
  /** Called before any output, in the same turn of the event loop in which the answer arrived. */
  onAttached(attached: Attached): void;
  onRefused(error: DomainError): void;
  /**
   * Output. `frame` starts with 4 free bytes, then the 13-byte header of `holdfast.v1` with the host's channel number in it,
   * then the payload; the buffer belongs to the callee.
   */
  onOutput(frame: Buffer, offset: number, length: number): void;
  onInputAcknowledged(offset: number): void;
  onEvent<K extends keyof AttachmentEvents>(event: K, data: AttachmentEvents[K]): void;
  /** The connection to the host broke; the attachment is over, the terminal is not. */
  onLost(): void;
}

/** The part of the client an attachment talks through. */
export interface AttachmentWire {
  write(frame: Buffer): void;
  request<K extends HostOperation>(
    op: K,
    body: HostRequests[K]['body'],
    channel: number,
  ): Promise<HostRequests[K]['answer']>;
  forget(channel: number): void;
}

/** One attachment of this gateway in the PTY host. */
export class HostAttachment {
  /** The host answered; output and events follow. */
  attached = false;
  private over = false;

  constructor(
    readonly channel: number,
    readonly listener: AttachmentListener,
    private readonly wire: AttachmentWire,
  ) {}

  input(offset: number, bytes: Uint8Array): void {
    if (!this.over) this.wire.write(encodeHostFrame(HostFrameType.data, this.channel, offset, bytes));
  }

  acknowledge(offset: number): void {
    if (!this.over) this.wire.write(encodeHostFrame(HostFrameType.ack, this.channel, offset));
  }

  start(from: number): void {
    this.ask('start', { from });
  }

  resize(cols: number, rows: number): void {
    this.ask('resize', { cols, rows });
  }

  setVisible(visible: boolean): void {
    this.ask('visibility', { visible });
  }

  signal(signal: SignalName): void {
    this.ask('signal', { signal });
  }

  /** Answers where this writer's input goes on. Refused by a host that is older than this. */
  async setRole(role: Role): Promise<number> {
    return (await this.wire.request('role', { role }, this.channel)).inputOffset;
  }

  get isOver(): boolean {
    return this.over;
  }

  detach(): void {
    if (this.over) return;
    this.ask('detach', {});
    this.end();
  }

  begin(answer: Attached): void {
    if (this.over) return;
    this.attached = true;
    this.listener.onAttached(answer);
  }

  /** Called by the client for every frame of this channel that is no answer. */
  receive(bytes: Buffer): void {
    const frame = decodeFrame(bytes.subarray(LENGTH_BYTES));
    if (!frame || this.over) return;
    switch (frame.type) {
      case HostFrameType.data:
        return this.listener.onOutput(bytes, frame.offset, frame.payload.length);
      case HostFrameType.ack:
        return this.listener.onInputAcknowledged(frame.offset);
      case HostFrameType.event: {
        const { event, data } = JSON.parse(Buffer.from(frame.payload).toString()) as {
          event: keyof AttachmentEvents;
          data: AttachmentEvents[keyof AttachmentEvents];
        };
        return this.listener.onEvent(event, data);
      }
    }
  }

  refuse(error: DomainError): void {
    if (this.over) return;
    this.end();
    this.listener.onRefused(error);
  }

  lost(): void {
    if (this.over) return;
    this.over = true;
    this.listener.onLost();
  }

  private end(): void {
    this.over = true;
    this.wire.forget(this.channel);
  }

  /** Fire and forget: a refusal means that the attachment or the connection is already over, which is told otherwise. */
  private ask<K extends HostOperation>(op: K, body: HostRequests[K]['body']): void {
    if (!this.over) this.wire.request(op, body, this.channel).catch(() => undefined);
  }
}
