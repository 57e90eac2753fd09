import type { WebSocket } from 'ws';
import { PeerProgress } from './peer-progress';
import { rawSocketOf } from './raw-socket';

/** A peer that does not answer the closing handshake is cut off after this long. */
const CLOSE_GRACE_MS = 1_000;

/** What every socket needs, whatever it speaks: signs of life, and an end. */
export class SocketLife {
  private alive = true;
  private readonly progress: PeerProgress;

  constructor(private readonly webSocket: WebSocket) {
    this.progress = new PeerProgress(rawSocketOf(webSocket));
    webSocket.on('pong', () => this.note());
    webSocket.on('ping', () => this.note());
    // The close that follows does the work.
    webSocket.on('error', () => undefined);
  }

  note(): void {
    this.alive = true;
  }

  /** Whether there was a sign of life since the last call: it said something, or took something. One that only talks is none. */
  take(): boolean {
    const { alive } = this;
    this.alive = false;
    switch (this.progress.look()) {
      case 'idle':
        return alive;
      case 'moving':
        return true;
      case 'stuck':
        return false;
    }
  }

  ping(): void {
    if (this.webSocket.readyState === this.webSocket.OPEN) this.webSocket.ping();
  }

  close(code: number, hint: object): void {
    this.webSocket.close(code, JSON.stringify(hint));
    setTimeout(() => this.webSocket.terminate(), CLOSE_GRACE_MS).unref();
  }

  destroy(): void {
    this.webSocket.terminate();
  }
}
