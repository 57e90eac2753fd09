import fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';
import { PtyReader } from '../../../src/pty-host/broker/pty-reader';
import { launchArguments } from '../../../src/pty-host/keeper/launch-arguments';
import { setCloseOnExec } from '../../../src/pty-host/native/libc';
import { forkPty } from '../../../src/pty-host/native/pty';
import { MAX_OUTPUT_PAYLOAD, PREFIX_BYTES } from '../../../src/pty-host/wire/host-frames';
import { WebSocketOutput } from '../../../src/terminal-connection/websocket-output';

/**
 * raw-pty-server SHELL: a PTY for every WebSocket and nothing else: no login, no journal, no second process, no
 * acknowledgements. It reads and sends with the parts that Holdfast itself uses, so what separates the two is what Holdfast does
 * more. Prints its port; ends when its standard input does.
 */
const LAUNCHER = path.resolve(__dirname, '../../../native/launcher');
/** As Holdfast: small reads after a keystroke anywhere, so that its echo does not wait behind a flood. */
const TYPING_MS = 50;
/** The PTY waits while this much waits for the kernel's socket buffers. */
const MAX_WAITING_BYTES = 256 * 1024;

let typedAt = Number.NEGATIVE_INFINITY;
const shells = new Set<number>();

function serve(webSocket: WebSocket, shell: string): void {
  const { fd, pid } = forkPty({
    file: LAUNCHER,
    args: launchArguments({
      program: shell,
      args: ['-l'],
      cwd: '/',
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/', TERM: 'xterm-256color', LANG: 'C.UTF-8' },
    }),
    env: ['PATH=/usr/local/bin:/usr/bin:/bin'],
    cols: 80,
    rows: 24,
    onExit: () => shells.delete(pid),
  });
  setCloseOnExec(fd);
  shells.add(pid);
  const output = new WebSocketOutput(webSocket);
  const memory = { bytes: Buffer.allocUnsafeSlow(MAX_OUTPUT_PAYLOAD), clear: () => undefined, close: () => undefined };
  const reader = new PtyReader(fd, memory, {
    onOutput: (frame, length) => {
      output.sendPayload(frame.subarray(0, PREFIX_BYTES + length));
      if (webSocket.bufferedAmount === 0) return false;
      if (webSocket.bufferedAmount > MAX_WAITING_BYTES) {
        reader.pause();
        output.onceDrained(() => reader.resume());
      }
      return true;
    },
    limit: () => (performance.now() - typedAt < TYPING_MS ? 1 : MAX_OUTPUT_PAYLOAD),
    onEnd: () => webSocket.close(),
  });
  webSocket.on('message', (data: Buffer) => {
    typedAt = performance.now();
    fs.writeSync(fd, data);
  });
  webSocket.on('close', () => {
    reader.close();
    end(pid);
  });
}

function end(pid: number): void {
  if (!shells.has(pid)) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The hang-up was faster.
  }
}

function main(shell: string): void {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    perMessageDeflate: false,
    skipUTF8Validation: true,
  });
  server.on('connection', (webSocket, request) => {
    request.socket.setNoDelay(true);
    serve(webSocket, shell);
  });
  server.on('listening', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
  process.stdin.resume();
  process.stdin.on('end', () => {
    for (const pid of shells) end(pid);
    process.exit(0);
  });
}

main(process.argv[2] as string);
