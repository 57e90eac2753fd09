import type { UpgradeRefusal, WebSocketFactory, WebSocketLike } from './types';

/** The parts of Node's `http.IncomingMessage` and of the `ws` package's socket that tell why an upgrade was refused. */
interface Response {
  readonly statusCode?: number;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'end' | 'error' | 'close', listener: () => void): unknown;
}

interface WsSocket extends WebSocketLike {
  on(event: 'unexpected-response', listener: (request: unknown, response: Response) => void): unknown;
  terminate(): void;
}

interface WsOptions {
  readonly headers: Record<string, string>;
  readonly perMessageDeflate: boolean;
}

type WsConstructor = new (url: string, protocols: string[], options: WsOptions) => WsSocket;

/** A refusal is one small JSON object; more of it is not read. */
const MAX_REFUSAL_BYTES = 4096;

/** A `createWebSocket` for Node on the `ws` package: sends headers, and sees with which status an upgrade was refused. */
export function fromWs(WebSocket: WsConstructor): WebSocketFactory {
  return (url, protocols, headers) => {
    // Terminal output is small and urgent; compressing it costs more than it saves.
    const socket = new WebSocket(url, protocols, { headers, perMessageDeflate: false });
    socket.on('unexpected-response', (_request, response) => {
      let body = '';
      const decoder = new TextDecoder();
      response.on('data', (chunk) => {
        if (body.length < MAX_REFUSAL_BYTES) body += decoder.decode(chunk, { stream: true });
      });
      const done = (): void => {
        Object.assign(socket, { refusal: refusalFrom(response, body) });
        socket.terminate();
      };
      response.on('end', done);
      response.on('error', done);
    });
    return socket;
  };
}

function refusalFrom(response: Response, body: string): UpgradeRefusal {
  const seconds = Number(response.headers['retry-after']);
  return {
    status: response.statusCode ?? 0,
    ...(Number.isFinite(seconds) && { retryAfterMs: seconds * 1000 }),
    ...textFields(body),
  };
}

function textFields(body: string): { code?: string; message?: string } {
  try {
    const { code, message } = JSON.parse(body) as { code?: unknown; message?: unknown };
    return {
      ...(typeof code === 'string' && { code }),
      ...(typeof message === 'string' && { message }),
    };
  } catch {
    return {};
  }
}
