import type { Socket } from 'node:net';
import { decodeFrame } from '@holdfast/protocol';
import {
  type AttachmentEvents,
  type HostOperation,
  type HostRequest,
  type HostRequests,
  MAX_LABEL_LENGTH,
} from '../wire/host-messages';
import {
  Deframer,
  FrameLengthError,
  HostFrameType,
  LENGTH_BYTES,
  encodeHostFrame,
  encodeHostJson,
} from '../wire/host-frames';
import type { Attachment, FrameSink } from './attachment';
import { HostRefusalError } from './host-refusal-error';
import type { Terminal } from './terminal';

/** Output waits in the transcript instead of here while a gateway is slow to read. */
const CONGESTED_BYTES = 1024 * 1024;

/** What a connection needs of the broker. */
export interface HostOperations {
  perform<K extends Exclude<HostOperation, AttachmentOperation>>(
    op: K,
    body: HostRequests[K]['body'],
  ): Promise<HostRequests[K]['answer']> | HostRequests[K]['answer'];
  /** Throws a refusal when there is no such session. */
  terminal(sessionId: string): Terminal;
}

type AttachmentOperation = 'attach' | 'start' | 'detach' | 'resize' | 'visibility' | 'role' | 'signal';

interface Bound {
  readonly terminal: Terminal;
  readonly attachment: Attachment;
}

/** One gateway: its requests, its attachments. */
export class Connection implements FrameSink {
  private readonly bound = new Map<number, Bound>();
  private readonly deframer = new Deframer((frame) => this.onFrame(frame));

  constructor(
    private readonly socket: Socket,
    private readonly host: HostOperations,
  ) {
    socket.on('data', (chunk) => this.onData(chunk));
    socket.on('drain', () => this.onDrain());
    // The close that follows does the work.
    socket.on('error', () => undefined);
  }

  get attachments(): number {
    return this.bound.size;
  }

  get congested(): boolean {
    return this.socket.writableLength > CONGESTED_BYTES;
  }

  write(frame: Buffer): boolean {
    if (this.socket.destroyed) return true;
    this.socket.write(frame);
    return this.socket.writableLength === 0;
  }

  event<K extends keyof AttachmentEvents>(channel: number, event: K, data: AttachmentEvents[K]): void {
    this.write(encodeHostJson(HostFrameType.event, channel, 0, { event, data }));
  }

  acknowledgeInput(channel: number, offset: number): void {
    this.write(encodeHostFrame(HostFrameType.ack, channel, offset));
  }

  broadcast(event: string, data: unknown): void {
    this.write(encodeHostJson(HostFrameType.event, 0, 0, { event, data }));
  }

  /** The gateway is gone: its attachments are, the terminals are not. */
  close(): void {
    this.socket.destroy();
    for (const { terminal, attachment } of this.bound.values()) terminal.detach(attachment);
    this.bound.clear();
  }

  private onData(chunk: Buffer): void {
    try {
      this.deframer.push(chunk);
    } catch (error) {
      if (!(error instanceof FrameLengthError)) throw error;
      this.close();
    }
  }

  private onDrain(): void {
    for (const { terminal, attachment } of this.bound.values()) terminal.flow(attachment);
  }

  private onFrame(bytes: Buffer): void {
    const frame = decodeFrame(bytes.subarray(LENGTH_BYTES));
    if (!frame) return;
    const { type, channel, offset, payload } = frame;
    switch (type) {
      case HostFrameType.data: {
        const bound = this.bound.get(channel);
        // A copy: the payload is a slice of the socket's chunk and may wait for a program that does not read.
        bound?.terminal.input(bound.attachment, offset, Buffer.from(payload));
        return;
      }
      case HostFrameType.ack: {
        const bound = this.bound.get(channel);
        bound?.terminal.acknowledge(bound.attachment, offset);
        return;
      }
      case HostFrameType.request:
        return void this.answer(channel, offset, payload);
    }
  }

  private async answer(channel: number, number: number, payload: Uint8Array): Promise<void> {
    try {
      const request = JSON.parse(Buffer.from(payload).toString()) as HostRequest;
      if (isAboutAttachment(request)) return this.performOnAttachment(channel, number, request);
      const result = await this.host.perform(request.op, request.body);
      if (result instanceof Uint8Array) this.write(encodeHostFrame(HostFrameType.bytes, channel, number, result));
      else this.reply(channel, number, result);
    } catch (error) {
      const { code, details } = error instanceof HostRefusalError ? error : { code: 'internal' };
      const { message } = error as Error;
      this.write(encodeHostJson(HostFrameType.refusal, channel, number, { code, message, details }));
    }
  }

  private performOnAttachment(
    channel: number,
    number: number,
    request: Extract<HostRequest, { op: AttachmentOperation }>,
  ): void {
    if (request.op === 'attach') return this.attach(channel, number, request.body);
    const bound = this.bound.get(channel);
    if (!bound) throw new HostRefusalError('no_such_channel', `There is no attachment ${channel}.`);
    const { terminal, attachment } = bound;
    switch (request.op) {
      case 'start':
        this.reply(channel, number, {});
        return terminal.start(attachment, request.body.from);
      case 'detach':
        this.bound.delete(channel);
        terminal.detach(attachment);
        return this.reply(channel, number, {});
      case 'resize':
        this.reply(channel, number, {});
        return terminal.size.wish(attachment, request.body);
      case 'visibility':
        this.reply(channel, number, {});
        return terminal.setVisible(attachment, request.body.visible);
      case 'role':
        return this.reply(channel, number, terminal.setRole(attachment, request.body.role));
      case 'signal':
        terminal.signal(request.body.signal);
        return this.reply(channel, number, {});
    }
  }

  private attach(channel: number, number: number, body: HostRequests['attach']['body']): void {
    if (this.bound.has(channel)) throw new HostRefusalError('channel_in_use', `Channel ${channel} is in use.`);
    const { sessionId, epoch, offset, ...options } = body;
    if ((options.name?.label.length ?? 0) > MAX_LABEL_LENGTH) {
      throw new HostRefusalError('bad_request', `A label has at most ${MAX_LABEL_LENGTH} characters.`);
    }
    const terminal = this.host.terminal(sessionId);
    const { attachment, inputOffset, ambiguous } = terminal.attach({ channel, ...options }, this, { epoch, offset });
    this.bound.set(channel, { terminal, attachment });
    const answer: HostRequests['attach']['answer'] = {
      session: terminal.describe(),
      started: attachment.started,
      from: attachment.sender.next,
      inputOffset,
      ...(ambiguous ? { ambiguous } : {}),
    };
    this.reply(channel, number, answer);
    terminal.flow(attachment);
  }

  private reply(channel: number, number: number, body: unknown): void {
    this.write(encodeHostJson(HostFrameType.reply, channel, number, body));
  }
}

const ATTACHMENT_OPERATIONS: ReadonlySet<HostOperation> = new Set<AttachmentOperation>([
  'attach',
  'start',
  'detach',
  'resize',
  'visibility',
  'role',
  'signal',
]);

function isAboutAttachment(request: HostRequest): request is Extract<HostRequest, { op: AttachmentOperation }> {
  return ATTACHMENT_OPERATIONS.has(request.op);
}
