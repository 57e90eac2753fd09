import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { build } from 'esbuild';
import { WebSocket, WebSocketServer } from 'ws';
import { createClient, fromWs, type WebSocketFactory } from './index';

const MAX_GZIPPED_BYTES = 16 * 1024;
const credentials = { token: () => Promise.resolve('t0ken') };

describe('createClient', () => {
  it('says what to do where there is no WebSocket', () => {
    const global = globalThis as { WebSocket?: unknown };
    const before = global.WebSocket;
    delete global.WebSocket;
    try {
      expect(() => createClient({ url: 'ws://h', credentials })).toThrow(/Install the package ws/);
    } finally {
      if (before !== undefined) global.WebSocket = before;
    }
  });

  it('puts the token into the subprotocol list where only a browser WebSocket is', async () => {
    const global = globalThis as { WebSocket?: unknown };
    const before = global.WebSocket;
    let protocols: string[] = [];
    global.WebSocket = class {
      binaryType = '';
      constructor(_url: string, list: string[]) {
        protocols = list;
      }
      addEventListener(): void {}
      close(): void {}
    };
    try {
      const client = createClient({ url: 'ws://h', credentials });
      void client.connect();
      for (let i = 0; i < 5; i += 1) await Promise.resolve();
      expect(protocols).toEqual(['holdfast.v1', 'holdfast.bearer.t0ken']);
      await client.close();
    } finally {
      global.WebSocket = before;
    }
  });

  describe('on the ws package', () => {
    let server: Server;
    let url: string;

    beforeEach(async () => {
      server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });

    afterEach(async () => {
      await new Promise((resolve) => server.close(resolve));
    });

    it.each<[string, WebSocketFactory]>([
      ['fromWs', fromWs(WebSocket)],
      ['a plain factory', (address, protocols, headers) => new WebSocket(address, protocols, { headers })],
    ])('connects with a bearer header through %s', async (_, createWebSocket) => {
      const sockets = new WebSocketServer({ server });
      const authorization = new Promise((resolve) => {
        sockets.on('connection', (socket, request) => {
          resolve(request.headers.authorization);
          const limits = { maxFrameBytes: 65_536, windowBytes: 262_144, maxChannels: 256 };
          socket.send(JSON.stringify({ event: 'welcome', data: { protocol: 1, limits } }));
        });
      });
      const client = createClient({ url, credentials, createWebSocket });
      await client.connect();
      expect(client.state.name).toBe('online');
      expect(await authorization).toBe('Bearer t0ken');
      await client.close();
      sockets.close();
    });

    it('stops with the reason of a refused upgrade', async () => {
      server.on('upgrade', (_request, socket) => {
        const body = JSON.stringify({ code: 'forbidden', message: 'Not you.' });
        socket.end(`HTTP/1.1 403 Forbidden\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
      });
      const client = createClient({ url, credentials, createWebSocket: fromWs(WebSocket) });
      await expect(client.connect()).rejects.toMatchObject({ code: 'forbidden', message: 'Not you.' });
    });
  });
});

describe('the bundle', () => {
  it('has no dependency but the protocol, runs without Node, and stays under 16 KB gzipped', async () => {
    const result = await build({
      entryPoints: [join(__dirname, 'index.ts')],
      bundle: true,
      minify: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      alias: { '@holdfast/protocol': join(__dirname, '../../protocol/src/index.ts') },
      logLevel: 'silent',
    });
    const size = gzipSync(result.outputFiles[0]?.contents ?? '').length;
    expect(size).toBeGreaterThan(1000);
    expect(size).toBeLessThan(MAX_GZIPPED_BYTES);
    expect(Object.keys(result.metafile.inputs).filter((path) => path.includes('node_modules'))).toEqual([]);
  });
});
