import type { Socket } from 'node:net';

interface WithQueue {
  /** Of Node's stream handle: what the system has not taken of the write in progress. */
  readonly _handle?: { readonly writeQueueSize?: number } | null;
}

/** Whether a peer takes what waits for it. One that is slow takes some of it between two looks. */
export class PeerProgress {
  private waiting = false;
  private taken = 0;
  private queued = 0;

  constructor(private readonly socket: Socket) {}

  /** Since the last look. `idle`: nothing had to wait. */
  look(): 'idle' | 'moving' | 'stuck' {
    const { writableLength, bytesWritten } = this.socket;
    const taken = bytesWritten - writableLength;
    const queued = (this.socket as WithQueue)._handle?.writeQueueSize ?? 0;
    const moved = taken !== this.taken || queued !== this.queued;
    const had = this.waiting;
    [this.waiting, this.taken, this.queued] = [writableLength > 0, taken, queued];
    if (!had) return 'idle';
    return moved ? 'moving' : 'stuck';
  }
}
