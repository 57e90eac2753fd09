import http from 'node:http';

export interface UpgradeAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: { readonly code?: string; readonly message?: string; readonly details?: Record<string, unknown> };
  /** Cuts a socket that was let in. */
  hangUp(): void;
}

export interface UpgradeOptions {
  readonly port: number;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Otherwise a socket that was let in is cut at once. */
  readonly stay?: boolean;
}

/** An upgrade by hand, so that its refusal can be read. */
export function upgrade({ port, path = '/', headers = {}, stay = false }: UpgradeOptions): Promise<UpgradeAnswer> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: '127.0.0.1',
      port,
      path,
      agent: false,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-protocol': 'holdfast.v1',
        ...headers,
      },
    });
    request.on('upgrade', (response, socket) => {
      socket.on('error', () => undefined);
      // Somebody has to read it, or its end is never seen.
      socket.resume();
      if (!stay) socket.destroy();
      resolve({ status: 101, headers: response.headers, body: {}, hangUp: () => socket.destroy() });
    });
    request.on('response', (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        const isJson = response.headers['content-type']?.startsWith('application/json');
        const body = isJson ? (JSON.parse(text) as UpgradeAnswer['body']) : {};
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, hangUp: () => undefined });
      });
    });
    request.on('error', reject);
    request.end();
  });
}
