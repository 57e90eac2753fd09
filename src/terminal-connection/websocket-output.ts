import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { writeU32 } from '@holdfast/protocol';
import { LENGTH_BYTES, PREFIX_BYTES } from '../pty-host/wire/host-frames';
import { rawSocketOf } from './raw-socket';

const FIN_BINARY = 0x82;
/** Payloads up to this length have a WebSocket header of 2 bytes, longer ones (to 65,535) of 4. */
const MAX_SHORT_LENGTH = 125;
const EXTENDED_LENGTH = 126;
const CHANNEL_AT = LENGTH_BYTES + 1;

/**
 * Sends output as it came from the PTY host: the WebSocket header is written where the host's length prefix was, the channel
 * is patched, and the kernel gets one buffer that nobody copied. Only without extensions (no permessage-deflate), which is how
 * the endpoint is set up; everything else goes through `ws`.
 */
export class WebSocketOutput {
  private readonly socket: Socket;

  constructor(private readonly webSocket: WebSocket) {
    this.socket = rawSocketOf(webSocket);
  }

  /** `frame`: 4 free bytes, 13-byte header, payload; at most 65,535 bytes behind the free ones. */
  sendFrame(frame: Buffer, channel: number): void {
    writeU32(frame, CHANNEL_AT, channel);
    this.send(frame, LENGTH_BYTES);
  }

  /** The payload alone, for `holdfast.raw.v1`. */
  sendPayload(frame: Buffer): void {
    this.send(frame, PREFIX_BYTES);
  }

  /** Calls back once the kernel took everything, or when the socket is gone. */
  onceDrained(done: () => void): void {
    const finish = (): void => {
      this.socket.off('drain', finish);
      this.socket.off('close', finish);
      done();
    };
    this.socket.once('drain', finish);
    this.socket.once('close', finish);
  }

  private send(buffer: Buffer, at: number): void {
    if (this.webSocket.readyState !== this.webSocket.OPEN) return;
    const length = buffer.length - at;
    if (length <= MAX_SHORT_LENGTH) {
      buffer[at - 2] = FIN_BINARY;
      buffer[at - 1] = length;
      this.socket.write(buffer.subarray(at - 2));
    } else {
      buffer[at - 4] = FIN_BINARY;
      buffer[at - 3] = EXTENDED_LENGTH;
      buffer[at - 2] = length >>> 8;
      buffer[at - 1] = length;
      this.socket.write(buffer.subarray(at - 4));
    }
  }
}
