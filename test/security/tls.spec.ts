import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { selfSigned, writeCertificate, type CertificateFiles } from '../support/certificate';
import { eventually } from '../support/eventually';
import { httpsRequest, type HttpsAnswer } from '../support/https';
import { ROOT } from '../support/root';
import { sdkClient } from '../support/sdk';
import { TestServer } from '../support/server';

/** One machine's worth of patience for a handshake that will not come. */
const PLAIN_TIMEOUT_MS = 5_000;

const first = selfSigned();
const second = selfSigned();
let directory: string;
let files: CertificateFiles;
let server: TestServer;
let token: string;

beforeAll(async () => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hf-tls-'));
  files = writeCertificate(directory, first);
  // As `npm start` runs it: the gateway speaks TLS on sockets that it inherited.
  server = await TestServer.start(
    { TLS_CERT_FILE: files.certFile, TLS_KEY_FILE: files.keyFile, LOG_LEVEL: 'info' },
    { supervised: true },
  );
  const login = await ask('/api/auth/login', { method: 'POST', body: server.admin });
  token = (JSON.parse(login.text) as { accessToken: string }).accessToken;
});

afterAll(async () => {
  await server.stop();
  fs.rmSync(directory, { recursive: true, force: true });
});

/** Whichever of the two certificates is in use. */
function ask(
  target: string,
  request?: Parameters<typeof httpsRequest>[2],
  port = server.endpoints.http,
): Promise<HttpsAnswer> {
  return httpsRequest(`https://127.0.0.1:${port}${target}`, first.cert + second.cert, request);
}

function upgrade(origin: string): Promise<HttpsAnswer> {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol': 'holdfast.v1',
    authorization: `Bearer ${token}`,
    origin,
  };
  return ask('/', { headers }, server.endpoints.terminal);
}

/** The version that was agreed on, or the alert. */
function handshake(version: tls.SecureVersion): Promise<string> {
  return new Promise((resolve) => {
    const { http: port } = server.endpoints;
    // The client would refuse old versions by itself.
    const old = { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' } as const;
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...old });
    socket.once('secureConnect', () => {
      resolve(socket.getProtocol() ?? '');
      socket.destroy();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

function plainGet(port: number): Promise<string> {
  return new Promise((resolve) => {
    const request = http.get({ port, host: '127.0.0.1', path: '/health/live', timeout: PLAIN_TIMEOUT_MS }, () =>
      resolve('answered'),
    );
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve('refused'));
  });
}

describe('with a certificate', () => {
  it('every port speaks TLS and nothing else', async () => {
    for (const port of [server.endpoints.http, server.endpoints.terminal, server.endpoints.claude]) {
      expect((await ask('/health/live', {}, port)).status).toBe(200);
      expect(await plainGet(port)).toBe('refused');
    }
  });

  it('the greeting and endpoints.json say https', () => {
    expect(server.endpoints.scheme).toBe('https');
    expect(server.log).toContain(`Holdfast is ready: https://127.0.0.1:${server.endpoints.http}/`);
  });

  it('versions before TLS 1.2 are refused', async () => {
    expect(await handshake('TLSv1.3')).toBe('TLSv1.3');
    expect(await handshake('TLSv1.2')).toBe('TLSv1.2');
    expect(await handshake('TLSv1.1')).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
  });

  it('browsers are told to come with TLS only', async () => {
    expect((await ask('/')).headers['strict-transport-security']).toBe('max-age=31536000');
  });

  it('the own origin is the one with https', async () => {
    const { terminal, http: main } = server.endpoints;
    expect((await upgrade(`https://127.0.0.1:${terminal}`)).status).toBe(101);
    expect((await upgrade(`https://localhost:${main}`)).status).toBe(101);
    expect((await upgrade(`http://127.0.0.1:${terminal}`)).status).toBe(403);
    expect((await upgrade(`http://localhost:${main}`)).status).toBe(403);
  });

  it('a client that does not know the certificate does not connect', async () => {
    const { client } = sdkClient(server.terminalUrl, token, second.cert);
    const waiting = new Promise((resolve) => client.on('state', ({ name }) => name === 'waiting' && resolve(name)));
    client.connect().catch(() => undefined);
    expect(await waiting).toBe('waiting');
    await client.close();
  });

  it('a renewed certificate is taken over, and open terminals do not notice; the SDK survives a killed gateway as without TLS', async () => {
    const { client } = sdkClient(server.terminalUrl, token, first.cert + second.cert);
    const states: string[] = [];
    client.on('state', ({ name }) => states.push(name));
    const terminal = client.open({ projectId: 'tls', cols: 80, rows: 24 });
    let said = '';
    terminal.onData((bytes, ack) => {
      said += Buffer.from(bytes).toString();
      ack();
    });
    await terminal.ready;
    terminal.write('echo be""fore\n');
    await eventually(() => expect(said).toContain('before'));

    // A key that does not belong to it: as a renewal looks between its two files, or after a mistake.
    writeCertificate(directory, { cert: second.cert, key: first.key });
    await eventually(() => expect(server.log).toContain('The old TLS certificate stays in use'));
    expect((await ask('/health/live')).fingerprint).toBe(first.fingerprint);
    writeCertificate(directory, second);
    await eventually(async () => expect((await ask('/health/live')).fingerprint).toBe(second.fingerprint));
    expect((await ask('/health/live', {}, server.endpoints.terminal)).fingerprint).toBe(second.fingerprint);
    terminal.write('echo aft""er\n');
    await eventually(() => expect(said).toContain('after'));
    expect(states.filter((name) => name !== 'connecting')).toEqual(['online']);

    await server.gateways.settled();
    server.gateways.kill();
    terminal.write('echo still""there\n');
    await eventually(() => expect(said).toContain('stillthere'));
    await client.close();
  });
});

it('a start with a key in the place of the certificate is refused in one sentence', () => {
  const started = spawnSync(process.execPath, [path.join(ROOT, 'dist/src/main.js')], {
    cwd: directory,
    env: {
      PATH: process.env['PATH'],
      DATA_DIR: path.join(directory, 'data'),
      TLS_CERT_FILE: files.keyFile,
      TLS_KEY_FILE: files.keyFile,
    },
    encoding: 'utf8',
  });
  expect(started.status).toBe(1);
  expect(started.stderr).toMatch(/both have to be PEM and belong together\.\n$/);
  // No stack.
  expect(started.stderr).not.toContain(' at ');
});

describe('behind a proxy that ends TLS', () => {
  it('only the trusted one says that the client came with TLS', async () => {
    const behind = await TestServer.start({ TRUST_PROXY: 'true' });
    const hsts = async (headers: Record<string, string>): Promise<string | null> =>
      (await fetch(`${behind.baseUrl}/`, { headers })).headers.get('strict-transport-security');
    expect(await hsts({ 'x-forwarded-proto': 'https' })).toBe('max-age=31536000');
    expect(await hsts({})).toBeNull();
    await behind.stop();
  });
});
