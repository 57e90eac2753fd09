import { encodeFrame, ladderDelay, type ByteRange, type ClientEvents, type FrameType } from '@holdfast/protocol';
import type { Opened, OpenRequest, Resume } from '@holdfast/protocol';
import type { Connection } from './connection';
import { ATTACH_TIMEOUT_MS, HINTS_BELIEVED, INPUT_GAP_INTERVAL_MS, MAX_REOPENS_WITHOUT_PROGRESS } from './limits';
import type { Timers } from './types';

/** One terminal on one connection. `lost`: the server took the channel away, or a newer connection has it. */
export type AttachmentPhase = 'opening' | 'retrying' | 'open' | 'lost';

/** What an attachment needs from its terminal. */
export interface AttachmentOwner {
  readonly channel: number;
  readonly timers: Timers;
  openRequest(): OpenRequest;
}

/** What can be said about an open channel. */
type ChannelEvent =
  | 'resize'
  | 'visibility'
  | 'signal'
  | 'terminate'
  | 'detach'
  | 'claude.permission.answer'
  | 'claude.continue'
  | 'claude.dismiss'
  | 'write.request'
  | 'write.answer'
  | 'write.revoke'
  | 'kick';

export class Attachment {
  phase: AttachmentPhase = 'opening';
  epoch: string | undefined;
  /** Position of the first output byte that this attachment sends. */
  base = 0;
  /** End of what this attachment has sent. */
  sent = 0;
  /** The position that was asked for, if one was. */
  asked: number | undefined;
  /** A SNAPSHOT frame has been announced. */
  awaiting: { readonly resume: Resume | 'lagging'; readonly lost?: ByteRange } | undefined;
  private timer: unknown;
  private tries = 0;
  private reopens = 0;
  private expectedDetached = 0;
  private answeredGap: { readonly offset: number | undefined; readonly at: number } | undefined;

  constructor(
    readonly connection: Connection,
    private readonly owner: AttachmentOwner,
  ) {}

  send<E extends ChannelEvent>(event: E, data: Omit<ClientEvents[E], 'channel'>): void {
    this.connection.send(event, { channel: this.owner.channel, ...data } as ClientEvents[E]);
  }

  sendFrame(type: FrameType, offset: number, payload?: Uint8Array): void {
    this.connection.sendFrame(encodeFrame(type, this.owner.channel, offset, payload));
  }

  open(): void {
    const request = this.owner.openRequest();
    this.phase = 'opening';
    this.asked = request.offset;
    this.awaiting = undefined;
    this.connection.send('open', request);
    this.after(ATTACH_TIMEOUT_MS, () => this.connection.abandon('a terminal was not opened in time'));
  }

  opened(opened: Opened): void {
    this.clearTimer();
    this.phase = 'open';
    this.tries = 0;
    this.epoch = opened.epoch;
    this.base = this.sent = opened.offset;
    const { resume, lost } = opened;
    if (resume !== 'fresh' && resume !== 'exact') this.awaiting = { resume, lost };
  }

  /** Opens again on the same channel, from what has been received. */
  reopen(): void {
    this.reopens += 1;
    if (this.reopens > MAX_REOPENS_WITHOUT_PROGRESS) {
      this.connection.abandon('the output has gaps');
      return;
    }
    this.leave();
    this.open();
  }

  /** Not before `afterMs`, and less and less often also when the server says "now" each time. */
  retry(afterMs: number | undefined, again: () => void): void {
    this.phase = 'retrying';
    this.tries += 1;
    const rung = afterMs === undefined ? this.tries : this.tries - HINTS_BELIEVED;
    const leastMs = rung > 0 ? ladderDelay(rung, () => this.owner.timers.random()) : 0;
    this.after(Math.max(afterMs ?? 0, leastMs), again);
  }

  leave(): void {
    this.expectedDetached += 1;
    this.send('detach', {});
  }

  /** Takes a `detached` event; true when it answers `leave`. */
  tookLeave(): boolean {
    if (this.expectedDetached === 0) return false;
    this.expectedDetached -= 1;
    return true;
  }

  /** Every refused frame in flight reports the same gap; only the first report is to be answered. */
  shouldAnswerGap(offset: number | undefined): boolean {
    const now = this.owner.timers.now();
    const last = this.answeredGap;
    if (last !== undefined && last.offset === offset && now - last.at < INPUT_GAP_INTERVAL_MS) return false;
    this.answeredGap = { offset, at: now };
    return true;
  }

  progressed(): void {
    this.reopens = 0;
  }

  lose(): void {
    this.clearTimer();
    this.phase = 'lost';
  }

  dispose(): void {
    this.clearTimer();
  }

  private after(ms: number, run: () => void): void {
    this.clearTimer();
    this.timer = this.owner.timers.setTimeout(run, ms);
  }

  private clearTimer(): void {
    this.owner.timers.clearTimeout(this.timer);
  }
}
