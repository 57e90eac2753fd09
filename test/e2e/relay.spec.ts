import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { eventually } from '../support/eventually';
import { ROOT } from '../support/root';

const RELAY = path.join(ROOT, 'dist/native/relay');
/** MAX_PAIRS of relay.c. */
const MAX_PAIRS = 64;

let directory: string;
let server: net.Server;
let program: ChildProcess | undefined;
let port: number;
const sockets = new Set<net.Socket>();

beforeEach(async () => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hf-relay-'));
  port = await freePort();
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server?.close();
  if (program?.exitCode === null && program.signalCode === null) {
    program.kill('SIGKILL');
    await once(program, 'exit');
  }
  fs.rmSync(directory, { recursive: true });
});

async function freePort(): Promise<number> {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port: free } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return free;
}

const socketPath = (): string => path.join(directory, 'api.sock');

async function serve(handle: (socket: net.Socket) => void): Promise<void> {
  server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => undefined));
    handle(socket);
  });
  server.listen(socketPath());
  await once(server, 'listening');
}

/** What stands for the CLI sleeps; the relay is its child. */
function run(): ChildProcess {
  program = spawn(RELAY, [String(port), socketPath(), '--', '/bin/sleep', '600'], { stdio: 'ignore' });
  return program;
}

async function dial(): Promise<net.Socket> {
  const socket = await eventually(async () => {
    const attempt = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(attempt, 'connect');
    return attempt;
  });
  sockets.add(socket.on('error', () => undefined));
  return socket;
}

async function allOf(socket: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'end');
  return Buffer.concat(chunks);
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

it('passes on every byte in both directions, and that one side has said all', async () => {
  await serve((socket) => void allOf(socket).then((said) => socket.end(said)));
  run();
  const bytes = randomBytes(8 * 1024 * 1024);
  const socket = await dial();
  socket.end(bytes);
  expect(sha256(await allOf(socket))).toBe(sha256(bytes));
});

it('the program keeps its pid, and the relay ends with it', async () => {
  await serve((socket) => void socket.resume());
  const { pid = 0 } = run();
  const socket = await dial();
  await eventually(() => expect(fs.readFileSync(`/proc/${pid}/comm`, 'utf8').trim()).toBe('sleep'));
  const ended = once(socket, 'end');
  socket.resume();
  process.kill(pid, 'SIGKILL');
  await ended;
  await expect(once(net.connect(port, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED');
});

it('ends a connection whose server is away, and finds the next server by the same name', async () => {
  run();
  expect(await allOf(await dial()).catch(() => Buffer.alloc(0))).toHaveLength(0);
  await serve((socket) => void socket.end('the next one'));
  expect((await allOf(await dial())).toString()).toBe('the next one');
});

it('tells the server at once when the program gives up, and the program when the server does', async () => {
  const arrived: net.Socket[] = [];
  await serve((socket) => void arrived.push(socket.on('end', () => socket.end()).resume()));
  run();
  const givesUp = await dial();
  await eventually(() => expect(arrived).toHaveLength(1));
  givesUp.destroy();
  await eventually(() => expect(arrived[0]?.closed).toBe(true));
  const waits = await dial();
  await eventually(() => expect(arrived).toHaveLength(2));
  const ended = once(waits.resume(), 'end');
  arrived[1]?.destroy();
  await ended;
});

it('lets no more connections in than it can hold, and the next one when there is room', async () => {
  const arrived: net.Socket[] = [];
  await serve((socket) => void arrived.push(socket.on('end', () => socket.end()).resume()));
  run();
  const dialled: net.Socket[] = [];
  for (let i = 0; i <= MAX_PAIRS; i++) dialled.push(await dial());
  await eventually(() => expect(arrived).toHaveLength(MAX_PAIRS));
  dialled[0]?.destroy();
  await eventually(() => expect(arrived).toHaveLength(MAX_PAIRS + 1));
});
