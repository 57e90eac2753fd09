import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { eventually } from './eventually';

/** Opcodes of WebSocket frames. */
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameOptions {
  readonly fin?: boolean;
  /** RSV1 is 4, RSV2 is 2, RSV3 is 1. */
  readonly reserved?: number;
  readonly masked?: boolean;
  /** What the header claims; absent: the truth. */
  readonly length?: number | bigint;
}

/** A frame as a client sends it, or as none should. */
export function clientFrame(opcode: number, payload: Uint8Array | string = '', options: FrameOptions = {}): Buffer {
  const { fin = true, reserved = 0, masked = true } = options;
  const bytes = Buffer.from(payload);
  const { length = bytes.length } = options;
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const maskBit = masked ? 0x80 : 0;
  let header: Buffer;
  if (typeof length === 'bigint' || length > 0xffff) {
    header = Buffer.alloc(10);
    header.writeBigUInt64BE(BigInt(length), 2);
    header[1] = maskBit | 127;
  } else if (length > 125) {
    header = Buffer.from([first, maskBit | 126, length >>> 8, length & 0xff]);
  } else {
    header = Buffer.from([first, maskBit | length]);
  }
  header[0] = first;
  if (!masked) return Buffer.concat([header, bytes]);
  const mask = randomBytes(4);
  for (const [at, byte] of bytes.entries()) bytes[at] = byte ^ (mask[at & 3] as number);
  return Buffer.concat([header, mask, bytes]);
}

export interface UpgradeRequest {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The bytes that ask for a WebSocket. */
export function upgradeRequest(port: number, { path = '/', headers = {} }: UpgradeRequest = {}): string {
  const lines = Object.entries({
    Host: `127.0.0.1:${port}`,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol': 'holdfast.v1',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`);
  return `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

/** A peer that sends whatever bytes a test wants, and keeps what comes back. */
export class RawPeer {
  private readonly chunks: Buffer[] = [];
  private isOver = false;

  private constructor(readonly socket: net.Socket) {
    socket.on('data', (chunk: Buffer) => this.chunks.push(chunk));
    socket.on('close', () => (this.isOver = true));
    socket.on('error', () => undefined);
  }

  static async connect(port: number): Promise<RawPeer> {
    const socket = net.connect(port, '127.0.0.1');
    const peer = new RawPeer(socket);
    await once(socket, 'connect');
    return peer;
  }

  /** A peer that was let in. */
  static async upgrade(port: number, token: string): Promise<RawPeer> {
    const peer = await RawPeer.connect(port);
    peer.send(upgradeRequest(port, { headers: { Authorization: `Bearer ${token}` } }));
    await peer.received('"event":"welcome"');
    return peer;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get text(): string {
    return this.bytes.toString('latin1');
  }

  get ended(): boolean {
    return this.isOver;
  }

  /** Of the first answer. */
  get status(): number {
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(this.text)?.[1] ?? 0);
  }

  /** Of the close frame, which is the last the server sends; undefined: there was none. */
  get closeCode(): number | undefined {
    const { bytes } = this;
    for (let at = bytes.length - 4; at >= 0; at--) {
      const isLast = bytes[at] === 0x88 && at + 2 + (bytes[at + 1] as number) === bytes.length;
      if (isLast) return bytes.readUInt16BE(at + 2);
    }
    return undefined;
  }

  send(data: string | Uint8Array): void {
    this.socket.write(data);
  }

  async received(text: string): Promise<void> {
    await eventually(() => {
      if (!this.text.includes(text)) throw new Error(`no ${text} in ${JSON.stringify(this.text.slice(-500))}`);
    });
  }

  async over(withinMs?: number): Promise<void> {
    await eventually(() => {
      if (!this.isOver) throw new Error(`still open after ${JSON.stringify(this.text.slice(-300))}`);
    }, withinMs);
  }

  destroy(): void {
    this.socket.destroy();
  }
}
