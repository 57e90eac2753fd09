import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { decodeFrame } from '@holdfast/protocol';
import { eventually } from '../../test/support/eventually';
import { Deframer, HostFrameType, LENGTH_BYTES, encodeHostFrame, encodeHostJson } from '../pty-host/wire/host-frames';
import type { HostRequest } from '../pty-host/wire/host-messages';
import type { AttachmentListener } from './host-attachment';
import { HostProcess } from './host-process';
import { FakeClock } from '../../test/support/fake-clock';
import { CircuitBreaker } from '../circuit-breaker/circuit-breaker';
import { PtyHostClient } from './pty-host-client';

const HELLO = { protocol: 1, build: 'dev', incarnation: 1, generation: 1, pid: 1, keeperPid: 1 };

/** A broker that says only what it is told to. */
class FakeBroker {
  readonly directory = fs.mkdtempSync('/tmp/hf-client-');
  readonly requests: { channel: number; number: number; request: HostRequest }[] = [];
  private readonly sockets = new Set<net.Socket>();
  private readonly server = net.createServer((socket) => {
    this.sockets.add(socket);
    const deframer = new Deframer((bytes) => this.onFrame(socket, bytes));
    socket.on('data', (chunk) => deframer.push(chunk));
    socket.on('error', () => undefined);
  });

  async start(): Promise<void> {
    fs.mkdirSync(path.join(this.directory, 'host'));
    await new Promise<void>((resolve) => this.server.listen(path.join(this.directory, 'host/host.sock'), resolve));
  }

  async request(op: string): Promise<{ channel: number; number: number }> {
    return eventually(() => {
      const found = this.requests.find(({ request }) => request.op === op);
      if (!found) throw new Error(`no ${op} yet`);
      return found;
    });
  }

  send(frame: Buffer): void {
    for (const socket of this.sockets) socket.write(frame);
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  stop(): void {
    this.cut();
    this.server.close();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  private onFrame(socket: net.Socket, bytes: Buffer): void {
    const frame = decodeFrame(bytes.subarray(LENGTH_BYTES));
    if (frame?.type !== HostFrameType.request) return;
    const request = JSON.parse(Buffer.from(frame.payload).toString()) as HostRequest;
    if (request.op === 'hello') socket.write(encodeHostJson(HostFrameType.reply, 0, frame.offset, HELLO));
    else this.requests.push({ channel: frame.channel, number: frame.offset, request });
  }
}

const BREAKER = { threshold: 2, windowMs: 60_000, resetTimeoutMs: 30_000 };

class Listener implements AttachmentListener {
  readonly log: string[] = [];
  onAttached = (): void => void this.log.push('attached');
  onRefused = (error: { code: string }): void => void this.log.push(`refused ${error.code}`);
  onOutput = (_frame: Buffer, offset: number, length: number): void => void this.log.push(`output ${offset}+${length}`);
  onInputAcknowledged = (offset: number): void => void this.log.push(`acknowledged ${offset}`);
  onEvent = (event: string): void => void this.log.push(event);
  onLost = (): void => void this.log.push('lost');
}

const body = {
  sessionId: 's',
  writerId: randomUUID(),
  role: 'writer',
  cols: 80,
  rows: 24,
  windowBytes: 1,
  replayBytes: 1,
} as const;

let broker: FakeBroker;
let client: PtyHostClient;
let breaker: CircuitBreaker;

beforeEach(async () => {
  breaker = new CircuitBreaker('pty-host', BREAKER, new FakeClock());
  broker = new FakeBroker();
  await broker.start();
  client = new PtyHostClient(new HostProcess(broker.directory, '/nowhere'), breaker);
  client.open();
  await client.ready();
});

afterEach(() => {
  client.close();
  broker.stop();
});

test('output that arrives with the answer is told after it', async () => {
  const listener = new Listener();
  client.attach(body, listener);
  const { channel, number } = await broker.request('attach');
  broker.send(
    Buffer.concat([
      encodeHostJson(HostFrameType.reply, channel, number, {}),
      encodeHostFrame(HostFrameType.data, channel, 5, Buffer.from('abc')),
      encodeHostFrame(HostFrameType.ack, channel, 9),
      encodeHostJson(HostFrameType.event, channel, 0, { event: 'title', data: { title: 't' } }),
    ]),
  );
  await eventually(() => expect(listener.log).toEqual(['attached', 'output 5+3', 'acknowledged 9', 'title']));
});

test('who leaves before the answer hears nothing of it', async () => {
  const listener = new Listener();
  const attachment = client.attach(body, listener);
  const { channel, number } = await broker.request('attach');
  attachment.detach();
  await broker.request('detach');
  broker.send(encodeHostJson(HostFrameType.reply, channel, number, {}));
  broker.send(encodeHostJson(HostFrameType.refusal, channel, number, { code: 'x', message: 'y' }));
  broker.cut();
  await eventually(() => expect(client.connected).toBe(true));
  expect(listener.log).toEqual([]);
});

test('who leaves while the host is away is never attached', async () => {
  broker.cut();
  await eventually(() => expect(client.connected).toBe(false));
  const listener = new Listener();
  client.attach(body, listener).detach();
  await client.ready();
  const answer = client.request('stats', {});
  const { number } = await broker.request('stats');
  broker.send(encodeHostJson(HostFrameType.reply, 0, number, {}));
  await answer;
  expect(broker.requests.map(({ request }) => request.op)).toEqual(['stats']);
  expect(listener.log).toEqual([]);
});

test('a cut tells attachments that they are lost, refuses what has no answer, and connects again', async () => {
  const attached = new Listener();
  client.attach(body, attached);
  const { channel, number } = await broker.request('attach');
  broker.send(encodeHostJson(HostFrameType.reply, channel, number, {}));
  await eventually(() => expect(attached.log).toEqual(['attached']));
  const unanswered = new Listener();
  client.attach(body, unanswered);
  const pending = client.request('stats', {});
  pending.catch(() => undefined);
  await broker.request('stats');
  broker.cut();
  await expect(pending).rejects.toMatchObject({ code: 'host_unavailable', retryable: true });
  expect(attached.log).toEqual(['attached', 'lost']);
  await eventually(() => expect(unanswered.log).toEqual(['refused host_unavailable']));
  await client.ready();
});

test('a refusal of the host keeps its code', async () => {
  const answer = client.request('info', { sessionId: 's' });
  answer.catch(() => undefined);
  const { number } = await broker.request('info');
  broker.send(encodeHostJson(HostFrameType.refusal, 0, number, { code: 'session_not_found', message: 'none' }));
  await expect(answer).rejects.toMatchObject({ code: 'session_not_found', message: 'none' });
});

test('what is no frame ends the connection, not the process', async () => {
  const disconnected = new Promise<void>((resolve) => client.events.on('disconnected', resolve));
  broker.send(Buffer.alloc(64, 0xff));
  await disconnected;
  await client.ready();
});

test('a data directory too long for a socket is refused with a sentence', () => {
  expect(() => new HostProcess(`/tmp/${'x'.repeat(100)}`, '/nowhere')).toThrow(/DATA_DIR is too long/);
});

test('a host that cannot be started leaves the client trying', async () => {
  const lonely = new PtyHostClient(new HostProcess('/dev/null/data', '/nowhere'), breaker);
  lonely.open();
  await expect(lonely.ready()).rejects.toMatchObject({ code: 'host_unavailable' });
  lonely.close();
});

test('behind the open circuit nothing waits, and a connection closes it', async () => {
  const lonely = new PtyHostClient(new HostProcess('/dev/null/data', '/nowhere'), breaker);
  lonely.open();
  await Promise.allSettled([lonely.ready(), lonely.ready()]);
  await expect(lonely.request('stats', {})).rejects.toMatchObject({
    code: 'host_unavailable',
    options: { retryAfterMs: 30_000, details: { circuit: 'pty-host' } },
  });
  const listener = new Listener();
  lonely.attach(body, listener);
  await eventually(() => expect(listener.log).toEqual(['refused host_unavailable']));
  lonely.close();
  broker.cut();
  await eventually(() => expect(breaker.snapshot().state).toBe('closed'));
});
