import {
  decodeFrame,
  encodeFrame,
  FrameType,
  parseClientMessage,
  type Frame,
  type OpenRequest,
  type Opened,
  type Resume,
  type ServerEventName,
  type ServerEvents,
} from '@holdfast/protocol';
import { INPUT_REFUSALS } from '../../src/terminal-connection/refusals';
import type { Attachment, FrameSink } from '../../src/pty-host/broker/attachment';
import { LENGTH_BYTES } from '../../src/pty-host/wire/host-frames';
import type { AttachmentEvents } from '../../src/pty-host/wire/host-messages';
import type { Broker } from './broker';
import type { SimulatedSocket } from './wire';

export interface GatewayHost {
  readonly windowBytes: number;
  readonly replayBytes: number;
  readonly broker: Broker;
  /** Whether nobody has ever opened the session; it is made by whoever asks. */
  create(): boolean;
  /** Runs something that may kill the broker. */
  guarded(run: () => void): void;
}

const SESSION_ID = 'session_1_simulated';

/** The server's end of one connection: translates between `holdfast.v1` and the broker, and decides nothing about bytes. */
export class GatewayConnection implements FrameSink {
  private readonly channels = new Map<number, Attachment>();
  private readonly broker: Broker;

  constructor(
    private readonly socket: SimulatedSocket,
    private readonly host: GatewayHost,
  ) {
    this.broker = host.broker;
    socket.onMessage = (data) =>
      host.guarded(() => (typeof data === 'string' ? this.onText(data) : this.onBinary(decodeFrame(data) as Frame)));
    socket.onClose = () => this.leave();
    socket.accept();
    const limits = { maxFrameBytes: 64 * 1024, windowBytes: host.windowBytes, maxChannels: 8 };
    const user = { id: 'u', email: 'u@example.org' };
    this.send('welcome', { protocol: 1, server: 'simulation', node: 'n', user, heartbeatMs: 30_000, limits });
  }

  // FrameSink: what the broker says to this connection.

  get congested(): boolean {
    return false;
  }

  write(frame: Buffer): boolean {
    const { channel, offset, payload } = decodeFrame(frame.subarray(LENGTH_BYTES)) as Frame;
    this.socket.deliver(encodeFrame(FrameType.data, channel, offset, payload));
    return true;
  }

  event<K extends keyof AttachmentEvents>(channel: number, event: K, data: AttachmentEvents[K]): void {
    switch (event) {
      case 'input-refused': {
        const { code, inputOffset } = data as AttachmentEvents['input-refused'];
        return this.send('error', { channel, code, inputOffset, ...INPUT_REFUSALS[code] });
      }
      case 'lagging': {
        const { end } = this.broker.disk.journal;
        this.send('lagging', { channel, lost: { from: (data as AttachmentEvents['lagging']).next, to: end } });
        return this.snapshot(this.channels.get(channel) as Attachment, end);
      }
      default:
        return;
    }
  }

  acknowledgeInput(channel: number, offset: number): void {
    this.socket.deliver(encodeFrame(FrameType.ack, channel, offset));
  }

  goAway(reconnectAfterMs: number): void {
    this.send('goaway', { reason: 'deploy', reconnectAfterMs });
  }

  private onText(text: string): void {
    const parsed = parseClientMessage(text);
    if (!parsed.ok) throw new Error(`the client sent ${text}`);
    const { event, data } = parsed.message;
    switch (event) {
      case 'open':
        return this.open(data);
      case 'ping':
        return this.send('pong', data);
      case 'detach': {
        const attachment = this.channels.get(data.channel);
        if (attachment) this.broker.attachments.delete(attachment);
        this.channels.delete(data.channel);
        return this.send('detached', { channel: data.channel });
      }
      default:
        return;
    }
  }

  private onBinary({ type, channel, offset, payload }: Frame): void {
    const attachment = this.channels.get(channel);
    if (!attachment) return;
    if (type === FrameType.data) return this.broker.input(attachment, offset, payload);
    attachment.acknowledge(offset);
    attachment.catchUp();
  }

  private open(request: OpenRequest): void {
    const { channel, projectId, role = 'writer', cols, rows } = request;
    const created = this.host.create();
    const { windowBytes, replayBytes } = this.host;
    const { attachment, inputOffset, ambiguous } = this.broker.attach(
      request,
      { windowBytes, replayBytes },
      this,
      created,
    );
    this.channels.set(channel, attachment);
    const { epochName: epoch, disk } = this.broker;
    const resume = attachment.started ? (created ? 'fresh' : 'exact') : resumeOf(request, epoch);
    const offset = attachment.started
      ? attachment.sender.next
      : resume === 'new-epoch'
        ? disk.journal.start
        : disk.journal.end;
    const opened: Opened = {
      channel,
      sessionId: SESSION_ID,
      projectId,
      epoch,
      created,
      reused: !created,
      resume,
      offset,
      ...(resume === 'gap' && { lost: { from: request.offset as number, to: offset } }),
      ...(ambiguous && { ambiguous }),
      inputOffset,
      cols,
      rows,
      role,
      sizeOwner: null,
      title: '',
    };
    this.send('opened', opened);
    if (!attachment.started) this.snapshot(attachment, offset);
    attachment.catchUp();
  }

  private snapshot(attachment: Attachment, offset: number): void {
    this.socket.deliver(encodeFrame(FrameType.snapshot, attachment.channel, offset, Buffer.from('screen')));
    attachment.start(offset);
    attachment.catchUp();
  }

  private leave(): void {
    for (const attachment of this.channels.values()) this.broker.attachments.delete(attachment);
    this.channels.clear();
  }

  private send<E extends ServerEventName>(event: E, data: ServerEvents[E]): void {
    this.socket.deliver(JSON.stringify({ event, data }));
  }
}

function resumeOf(request: OpenRequest, epoch: string): Resume {
  if (request.offset === undefined) return 'snapshot';
  return request.epoch === epoch ? 'gap' : 'new-epoch';
}
