import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { StartupError } from '../infrastructure/startup-error';
import { HOST_SOCKET } from '../pty-host/wire/host-paths';

const FIRST_RETRY_MS = 10;
const MAX_RETRY_MS = 500;
/** A host that was started and does not answer after this is started again; one too many ends by itself. */
const START_AGAIN_MS = 5_000;
/** Linux gives a Unix socket's path 108 bytes, one of them a NUL. */
const MAX_SOCKET_PATH_BYTES = 107;

/** Where the PTY host of a data directory lives, and how it is started when nobody did. */
export class HostProcess {
  readonly directory: string;
  readonly socketPath: string;
  private closed = false;

  constructor(
    dataDirectory: string,
    /** Compiled entry point of the keeper. */
    private readonly keeperProgram: string,
  ) {
    this.directory = path.resolve(dataDirectory, 'host');
    this.socketPath = path.join(this.directory, HOST_SOCKET);
    if (Buffer.byteLength(this.socketPath) > MAX_SOCKET_PATH_BYTES) {
      throw new StartupError(
        `DATA_DIR is too long: the PTY host's socket would be ${this.socketPath}, and a Unix socket's path has at most ` +
          `${MAX_SOCKET_PATH_BYTES} bytes. Choose a shorter DATA_DIR.`,
      );
    }
  }

  /** Connects; starts the host when nothing listens, and tries until it does or `close` was called. */
  async connect(): Promise<net.Socket> {
    let startedAt = Number.NEGATIVE_INFINITY;
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, MAX_RETRY_MS)) {
      if (this.closed) throw new Error('the client was closed');
      try {
        return await dial(this.socketPath);
      } catch {
        if (performance.now() - startedAt > START_AGAIN_MS) {
          startedAt = performance.now();
          this.start();
        }
      }
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  close(): void {
    this.closed = true;
  }

  /**
   * Detached: the host outlives the gateway that started it. Its environment is made here, so that no secret of this
   * process can be read in the host's or a shell's.
   */
  private start(): void {
    let log: number | undefined;
    try {
      fs.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
      log = openLog(path.join(this.directory, 'host.log'));
      const child = spawn(process.execPath, [this.keeperProgram, this.directory], {
        cwd: '/',
        env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
        detached: true,
        stdio: ['ignore', log, log],
      });
      child.on('error', () => undefined);
      child.unref();
    } catch {
      // A full disk, no process left, no permission: callers are told that the host is away, and it is tried again.
    } finally {
      if (log !== undefined) fs.closeSync(log);
    }
  }
}

/** What a crashing host says, not a log of its life: two files of this size at most are kept over its starts. */
const MAX_LOG_BYTES = 1024 * 1024;

function openLog(file: string): number {
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_LOG_BYTES) fs.renameSync(file, `${file}.old`);
  return fs.openSync(file, 'a', 0o600);
}

function dial(socketPath: string): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(socketPath);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
