import { randomUUID } from 'node:crypto';
import http from 'node:http';
import zlib from 'node:zlib';
import type { ClientEvents } from '@holdfast/protocol';
import fc from 'fast-check';
import { CLIENT_MESSAGE_FIELDS, parseClientMessage } from '../../packages/protocol/src/client-message';
import { Api } from '../support/api';
import { fuzzing, HOSTILE_JSON, SWAPS, wellFormed } from '../support/fuzz';
import { residentBytes } from '../support/process-usage';
import { isAlive } from '../support/pty-host';
import { clientFrame, Opcode, RawPeer, upgradeRequest } from '../support/raw-peer';
import { TestServer } from '../support/server';
import { WireClient, type Received } from '../support/wire-client';

const MIB = 1024 * 1024;
/** The hundredth bad frame within a minute closes a socket. */
const BAD_FRAMES_OF_A_SOCKET = 90;
/** The fuzzing user's own: it comes into being when it is first named. */
const PROJECT = 'of-the-fuzzer';
const UNFORESEEN = /unhandled|uncaught|Maximum call stack|Cannot convert|\b(TypeError|RangeError|SyntaxError)\b/i;

let server: TestServer;
let admin: Api;
let user: Api;

beforeAll(async () => {
  server = await TestServer.start({ LOG_LEVEL: 'info' });
  admin = await Api.login(server);
  const credentials = { email: 'fuzz@test.local', password: 'a password for fuzzing' };
  await admin.request('POST', '/api/admin/users', credentials);
  user = await Api.login(server, credentials);
}, 120_000);
afterAll(() => server?.stop());

/** After whatever was sent, the process is the same one, and did not even complain. */
afterEach(() => {
  expect(isAlive(server.pid)).toBe(true);
  expect(UNFORESEEN.exec(server.log)).toBeNull();
});

/** After all of it, it serves. */
async function expectEcho(): Promise<void> {
  const client = await connect();
  await client.open({ channel: 1, projectId: PROJECT });
  client.type(1, 'echo al""ive\n');
  await client.outputContains(1, 'alive');
  client.send('terminate', { channel: 1, signal: 'KILL' });
  await client.event('exited');
  await client.close();
}

const connect = (): Promise<WireClient> => WireClient.connect(server.terminalUrl, user.token);

/** Sends texts on as many sockets as it takes, and answers what came back for each. */
class Prober {
  private client: WireClient | undefined;
  private sent = 0;

  async send(frame: string | Uint8Array): Promise<Received[]> {
    const client = await this.socket();
    const from = client.events.length;
    const mark = randomUUID();
    client.socket.send(frame);
    client.send('ping', {}, mark);
    await client.answerTo(mark);
    return client.events.slice(from).filter(({ id }) => id !== mark);
  }

  end(): void {
    this.client?.terminate();
  }

  private async socket(): Promise<WireClient> {
    if (this.client && this.sent++ < BAD_FRAMES_OF_A_SOCKET) return this.client;
    this.client?.terminate();
    this.sent = 1;
    return (this.client = await connect());
  }
}

async function probing(work: (prober: Prober) => Promise<void>): Promise<void> {
  const prober = new Prober();
  try {
    await work(prober);
  } finally {
    prober.end();
  }
}

/** What a text deserves: the checks of the protocol are what both sides know. */
function expectAnswer(text: string, answers: readonly Received[]): void {
  const parsed = parseClientMessage(text);
  const [first] = answers;
  if (!parsed.ok) expect(first).toMatchObject({ event: 'error', data: { code: 'bad_frame', message: parsed.reason } });
  else if (parsed.message.event !== 'ping') expect(['error', 'opened', undefined]).toContain(first?.event);
}

describe('Text frames', () => {
  afterAll(expectEcho);

  it('F-01: of any JSON are answered with an error, and never with a fall', () =>
    probing(async (prober) => {
      const event = fc.oneof(fc.constantFrom(...Object.keys(CLIENT_MESSAGE_FIELDS)), fc.string(), fc.jsonValue());
      const envelope = fc.record({ event, data: fc.jsonValue(), id: fc.jsonValue() }, { requiredKeys: [] });
      const frame = fc.oneof(
        fc.jsonValue().map((value) => JSON.stringify(value)),
        envelope.map((value) => JSON.stringify(value)),
        fc.string({ unit: 'binary', maxLength: 200 }).map(wellFormed),
      );
      const property = fc.asyncProperty(frame, async (text) => {
        // An `open` that happens to be right would start a shell; F-03 does that on purpose.
        if (!parseClientMessage(text).ok) expectAnswer(text, await prober.send(text));
      });
      await fc.assert(property, fuzzing(300));
    }));

  it('F-02: with poisoned prototypes, bottomless nesting, doubled keys and endless numbers do nothing', () =>
    probing(async (prober) => {
      for (const text of HOSTILE_JSON) {
        expectAnswer(text, await prober.send(text));
        // Nobody's prototype has a channel now.
        const [after] = await prober.send('{"event":"resize","data":{}}');
        expect(after?.data['message']).toContain('"resize.channel" must be');
      }
    }));

  it('F-03, F-07: with a value of another type or size in any field are refused by its name', () =>
    probing(async (prober) => {
      // An event without an example here does not compile.
      const user = randomUUID();
      const valid: ClientEvents = {
        open: { channel: 1, projectId: PROJECT, cols: 80, rows: 24, writerId: randomUUID() },
        resize: { channel: 1, cols: 80, rows: 24 },
        visibility: { channel: 1, visible: true },
        detach: { channel: 1 },
        terminate: { channel: 1 },
        signal: { channel: 1, signal: 'INT' },
        'write.request': { channel: 1 },
        'write.answer': { channel: 1, requestId: randomUUID(), allow: true },
        'write.revoke': { channel: 1, user },
        kick: { channel: 1, user },
        'claude.permission.answer': { channel: 1, permissionId: 'p', decision: 'allow' },
        'claude.continue': { channel: 1 },
        'claude.dismiss': { channel: 1 },
        'auth.renew': { token: 'x' },
        ping: { t: 1 },
      };
      for (const [event, fields] of Object.entries(CLIENT_MESSAGE_FIELDS)) {
        for (const field of Object.keys(fields)) {
          for (const value of SWAPS) {
            const text = JSON.stringify({ event, data: { ...valid[event as keyof ClientEvents], [field]: value } });
            const parsed = parseClientMessage(text);
            if (parsed.ok) continue;
            expect(parsed.reason).toContain(`"${event}.${field}" must be`);
            expectAnswer(text, await prober.send(text));
          }
        }
      }
      for (const cols of [0, -1, 1e9, 65_536, '80', null]) {
        const text = JSON.stringify({ event: 'resize', data: { channel: 1, cols, rows: 24 } });
        expect(await prober.send(text)).toMatchObject([{ data: { code: 'bad_frame' } }]);
      }
    }));

  it('F-12: for a channel that is not open, no longer open, or never was, are answered by its number', async () => {
    const client = await connect();
    await client.open({ channel: 7, projectId: PROJECT });
    client.type(7, 'exit\n');
    await client.event('exited');
    client.type(7, 'too late\n');
    expect(await client.event('error', ({ channel }) => channel === 7)).toMatchObject({ code: 'session_ended' });
    client.sendInput(8, 0, Buffer.from('nowhere'));
    client.send('resize', { channel: 9, cols: 80, rows: 24 }, 'resize');
    expect(await client.event('error', ({ channel }) => channel === 8)).toMatchObject({ code: 'no_such_channel' });
    expect(await client.answerTo('resize')).toMatchObject({ data: { code: 'no_such_channel', channel: 9 } });
    client.terminate();
    // Before `welcome`: in the same packet as the upgrade.
    const early = await RawPeer.connect(server.endpoints.terminal);
    const { terminal } = server.endpoints;
    const request = upgradeRequest(terminal, { headers: { Authorization: `Bearer ${user.token}` } });
    const frame = clientFrame(Opcode.text, '{"event":"detach","data":{"channel":3},"id":"early"}');
    early.send(Buffer.concat([Buffer.from(request), frame]));
    await early.received('"id":"early"');
    expect(early.text).toContain('no_such_channel');
    early.destroy();
  });
});

describe('Binary frames', () => {
  afterAll(expectEcho);

  it('F-08: with any first byte, and of any bytes, are refused by what is wrong with them', () =>
    probing(async (prober) => {
      const header = Buffer.alloc(13);
      for (let type = 0; type <= 255; type++) {
        header[0] = type;
        const [answer] = await prober.send(Buffer.concat([header, Buffer.from('x')]));
        expect(answer).toMatchObject({ event: 'error', data: { code: 'no_such_channel' } });
      }
      for (let length = 0; length < 13; length++) {
        expect(await prober.send(Buffer.alloc(length, 1))).toMatchObject([{ data: { code: 'bad_frame' } }]);
      }
      const property = fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (bytes) => {
        expect(await prober.send(bytes)).toMatchObject([{ event: 'error' }]);
      });
      await fc.assert(property, fuzzing(100));
    }));

  it('F-08: of every type to an open channel, with every kind of offset, leave it usable', async () => {
    const client = await connect();
    await client.open({ channel: 1, projectId: PROJECT });
    for (let type = 3; type <= 60; type++)
      client.socket.send(Buffer.from([type, 0, 0, 0, 1, ...Array<number>(8).fill(255)]));
    for (const offset of [1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      client.sendInput(1, offset, Buffer.from('x'));
      client.acknowledge(1, offset);
    }
    // An offset beyond 2^53 is in no stream.
    client.socket.send(Buffer.from([1, 0, 0, 0, 1, ...Array<number>(8).fill(255), 120]));
    client.type(1, 'echo us""able\n');
    await client.outputContains(1, 'usable');
    client.terminate();
  });
});

describe('WebSocket frames', () => {
  afterAll(expectEcho);

  const frame = clientFrame;
  const MALFORMED: readonly (readonly [string, number, () => Uint8Array])[] = [
    ['RSV1 set', 1002, () => frame(Opcode.text, '{}', { reserved: 4 })],
    ['RSV2 set', 1002, () => frame(Opcode.text, '{}', { reserved: 2 })],
    ['RSV3 set', 1002, () => frame(Opcode.text, '{}', { reserved: 1 })],
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(
      (opcode) => [`opcode ${opcode}`, 1002, () => frame(opcode, 'x')] as const,
    ),
    ['no mask', 1002, () => frame(Opcode.text, '{}', { masked: false })],
    ['text that is not UTF-8', 1007, () => frame(Opcode.text, Buffer.from([0xc3, 0x28]))],
    ['a continuation of nothing', 1002, () => frame(Opcode.continuation, 'x')],
    [
      'a message inside another one',
      1002,
      () => Buffer.concat([frame(Opcode.text, '{', { fin: false }), frame(Opcode.text, '}')]),
    ],
    ['a ping in pieces', 1002, () => frame(Opcode.ping, 'x', { fin: false })],
    ['a ping of 126 bytes', 1002, () => frame(Opcode.ping, 'x'.repeat(126))],
    ['a length of 2^63', 1009, () => frame(Opcode.binary, '', { length: 2n ** 63n })],
    ['more than 64 KiB', 1009, () => frame(Opcode.binary, '', { length: 65_537 })],
    ['a close of one byte', 1002, () => frame(Opcode.close, 'x')],
    ['a close code that is none', 1002, () => frame(Opcode.close, Buffer.from([0x03, 0xe7]))],
    ['the close code 1005', 1002, () => frame(Opcode.close, Buffer.from([0x03, 0xed]))],
    ['a close reason that is not UTF-8', 1007, () => frame(Opcode.close, Buffer.from([0x03, 0xe8, 0xff]))],
  ];

  it.each(MALFORMED)('F-04: with %s close the socket with %i', async (_, code, bytes) => {
    const peer = await RawPeer.upgrade(server.endpoints.terminal, user.token);
    peer.send(bytes());
    await peer.over();
    expect(peer.closeCode).toBe(code);
  });

  it('F-04, F-11: in pieces are put together, empty ones and pings in between, also inside of a character', async () => {
    const peer = await RawPeer.upgrade(server.endpoints.terminal, user.token);
    const text = Buffer.from('{"event":"ping","data":{"t":"grün 端末 🚀"},"id":"whole"}');
    const pieces = [...text].map((byte) => frame(Opcode.continuation, Buffer.from([byte]), { fin: false }));
    peer.send(
      Buffer.concat([
        frame(Opcode.text, '', { fin: false }),
        ...pieces.flatMap((piece, at) => (at % 8 === 0 ? [piece, frame(Opcode.ping, 'still here')] : [piece])),
        frame(Opcode.continuation, '', { fin: false }),
        frame(Opcode.continuation),
      ]),
    );
    await peer.received('"id":"whole"');
    expect(peer.bytes.toString()).toContain('grün 端末 🚀');
    expect(peer.text).toContain('still here');
    // Two messages are no message.
    const [head, tail] = [text.subarray(0, 32), text.subarray(32)];
    expect(head.toString().endsWith('\ufffd')).toBe(true);
    peer.send(Buffer.concat([frame(Opcode.text, head), frame(Opcode.text, tail)]));
    await peer.over();
    expect(peer.closeCode).toBe(1007);
  });

  it('F-05: in a hundred thousand pieces are not put together', async () => {
    const before = residentBytes(server.pid);
    const peer = await RawPeer.upgrade(server.endpoints.terminal, user.token);
    const piece = frame(Opcode.continuation, 'x', { fin: false });
    peer.send(frame(Opcode.binary, 'x', { fin: false }));
    peer.send(Buffer.concat(Array.from({ length: 100_000 }, () => piece)));
    await peer.over();
    expect(residentBytes(server.pid) - before).toBeLessThan(50 * MIB);
  });

  it('F-04: of nothing but noise close the socket', async () => {
    const noise = fc.uint8Array({ minLength: 64, maxLength: 2048 });
    const property = fc.asyncProperty(noise, async (bytes) => {
      const peer = await RawPeer.upgrade(server.endpoints.terminal, user.token);
      peer.send(bytes);
      peer.socket.end();
      await peer.over();
    });
    await fc.assert(property, fuzzing(25));
  });

  it('F-10: ten thousand pings are a flood, and nobody else notices', async () => {
    const neighbour = await WireClient.connect(server.terminalUrl, admin.token);
    await neighbour.open({ channel: 1 });
    const peer = await RawPeer.upgrade(server.endpoints.terminal, user.token);
    const ping = frame(Opcode.ping, 'flood');
    peer.send(Buffer.concat(Array.from({ length: 10_000 }, () => ping)));
    neighbour.type(1, 'echo undis""turbed\n');
    await neighbour.outputContains(1, 'undisturbed');
    await peer.over();
    expect(peer.closeCode).toBe(4029);
    expect(peer.text).toContain('rate_limited');
    neighbour.terminate();
  });

  it('F-10: events without end close the socket with 4029 and say when to come back', async () => {
    const client = await connect();
    for (let i = 0; i < 10_000; i++) client.socket.send('{"event":"visibility","data":{"channel":1,"visible":true}}');
    await client.until(() => client.closed !== undefined, 'close');
    expect(client.closed?.code).toBe(4029);
    expect(JSON.parse(client.closed?.reason ?? '{}')).toMatchObject({ code: 'rate_limited', retryAfterMs: 5_000 });
  });
});

interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

async function raw(request: string | Uint8Array): Promise<RawAnswer> {
  const peer = await RawPeer.connect(server.endpoints.http);
  peer.send(request);
  await peer.over();
  return { status: peer.status, text: peer.text };
}

function post(path: string, body: Uint8Array | string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request(`${server.baseUrl}${path}`, {
      method: 'POST',
      agent: false,
      headers: { authorization: `Bearer ${user.token}`, 'content-type': 'application/json', ...headers },
    });
    request.once('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    // The server need not read to the end what it refuses.
    request.once('error', reject);
    request.end(body);
  });
}

describe('Requests', () => {
  afterAll(expectEcho);

  const line = 'GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n';

  it('F-06: with too many or too large headers are refused with 431', async () => {
    const short = Array.from({ length: 2_000 }, (_, i) => `a${i}: b\r\n`).join('');
    const many = Array.from({ length: 150 }, (_, i) => `a${i}: b\r\n`).join('');
    const large = `a: ${'x'.repeat(9 * 1024)}\r\n`;
    for (const headers of [short, many, large])
      expect(await raw(`${line}${headers}\r\n`)).toMatchObject({ status: 431 });
  });

  it.each([
    ['two lengths', 'Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde'],
    ['a length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['chunks that are not the last encoding', 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
    ['an encoding nobody knows', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    ['a length that is no number', 'Content-Length: 0x4\r\n\r\nabcd'],
    ['a negative length', 'Content-Length: -1\r\n\r\n'],
    ['a chunk that is no number', 'Transfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['a header without a colon', 'Nonsense\r\n\r\n'],
    ['a space before the colon', 'Content-Length : 4\r\n\r\nabcd'],
    ['a NUL in a header', 'A: b\0c\r\n\r\n'],
  ])('F-09: with %s are refused, and what hides in them is not answered', async (_, rest) => {
    const hidden = 'GET /health/startup HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
    const { status, text } = await raw(
      `POST /api/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n${rest}${hidden}`,
    );
    expect(status).toBe(400);
    expect(text.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
  });

  it('F-09: thousands in one packet get a few answers and lose their connection', async () => {
    const answers = (await raw(`${line}\r\n`.repeat(2_000))).text.match(/HTTP\/1\.1 200/g) ?? [];
    expect(answers.length).toBeLessThan(100);
  });

  it('F-09: with bombs for bodies are refused before they go off', async () => {
    const zeros = Buffer.alloc(64 * MIB, 0x20);
    const before = residentBytes(server.pid);
    const bomb = zlib.gzipSync(zeros, { level: 9 });
    expect(await post('/api/projects', bomb, { 'content-encoding': 'gzip' })).toBe(413);
    expect(await post('/api/projects', `${'['.repeat(500_000)}`)).toBe(400);
    expect(await post('/api/projects', `{"name":${'['.repeat(250_000)}${']'.repeat(250_000)}}`)).toBe(400);
    const keys = Array.from({ length: 60_000 }, (_, i) => `"k${i}":0`).join();
    expect(await post('/api/projects', `{${keys}}`)).toBeLessThan(500);
    const multipart = '--b\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\nx\r\n';
    const type = 'multipart/form-data; boundary=b';
    expect(await post('/api/projects', multipart.repeat(1_000), { 'content-type': type })).toBeLessThan(500);
    const large = await post('/api/projects', zeros.subarray(0, 4 * MIB)).catch(() => 413);
    expect(large).toBe(413);
    expect(residentBytes(server.pid) - before).toBeLessThan(100 * MIB);
  });

  it('F-01, F-03: with any body or parameter to any route of /docs-json are answered, and never with 500', async () => {
    const routes = await documentedRoutes();
    expect(routes.length).toBeGreaterThan(20);
    const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(...SWAPS));
    const attempt = fc.record({
      route: fc.constantFrom(...routes),
      parameters: fc.array(fc.oneof(fc.string({ maxLength: 40 }), fc.uuid(), fc.constantFrom(...HOSTILE_PARAMETERS)), {
        minLength: 4,
        maxLength: 4,
      }),
      fields: fc.array(value, { minLength: 12, maxLength: 12 }),
      isObject: fc.boolean(),
    });
    const property = fc.asyncProperty(attempt, async ({ route, parameters, fields, isObject }) => {
      const path = route.path.replace(/\{\w+\}/g, () => encodeURIComponent(wellFormed(parameters.pop() || 'x')));
      const query = route.query.map(
        (name, at) => `${name}=${encodeURIComponent(wellFormed(String(JSON.stringify(fields[at]))))}`,
      );
      const named = Object.fromEntries(route.fields.map((name, at) => [name, fields[at]]));
      const hasBody = route.method !== 'get' && route.method !== 'head';
      const answer = await user.fetch(
        route.method.toUpperCase(),
        query.length > 0 ? `${path}?${query.join('&')}` : path,
        hasBody ? (isObject ? named : fields[0]) : undefined,
      );
      const text = await answer.text();
      if (answer.status >= 500 && answer.status !== 503)
        throw new Error(`${route.method} ${path}: ${answer.status} ${text}`);
    });
    await fc.assert(property, fuzzing(250));
  });
});

const HOSTILE_PARAMETERS = [
  '..',
  '../..',
  '%00',
  '\u0000',
  '__proto__',
  "' OR 1=1 --",
  '0',
  '-1',
  'x'.repeat(300),
  '\u202e',
  '{}',
];

interface Route {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
  readonly fields: readonly string[];
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { content?: Record<string, { schema?: { properties?: Record<string, unknown> } }> };
}

/** Without those that would end the fuzzer's own login. */
async function documentedRoutes(): Promise<Route[]> {
  const document = (await (await fetch(`${server.baseUrl}/docs-json`)).json()) as {
    paths: Record<string, Record<string, Operation>>;
  };
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(() => !/logout|password/.test(path))
      .map(([method, { parameters = [], requestBody }]) => ({
        method,
        path,
        query: parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name),
        fields: Object.keys(requestBody?.content?.['application/json']?.schema?.properties ?? {}),
      })),
  );
}
