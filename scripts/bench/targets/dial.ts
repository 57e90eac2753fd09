import { WebSocket } from 'ws';

export interface Dialled {
  readonly url: string;
  readonly protocols: string[];
  readonly headers?: Record<string, string>;
  readonly onMessage: (data: Buffer, isBinary: boolean) => void;
  readonly onClose?: (code: number) => void;
}

/** The same client for every target: what it costs is in every value alike. */
export function dial({ url, protocols, headers, onMessage, onClose }: Dialled): Promise<WebSocket> {
  const socket = new WebSocket(url, protocols, { headers, perMessageDeflate: false, skipUTF8Validation: true });
  socket.on('message', onMessage);
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
    socket.once('close', (code) => {
      onClose?.(code);
      reject(new Error(`${url} closed with ${code}`));
    });
  });
}

export function hangUp(socket: WebSocket): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return Promise.resolve();
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
    socket.close();
  });
}
