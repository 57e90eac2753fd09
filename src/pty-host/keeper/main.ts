import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { tryLock } from '../../kernel/file-lock';
import { hardenProcess } from '../../kernel/harden-process';
import { listenUnix } from '../native/libc';
import { HOST_SOCKET } from '../wire/host-paths';
import { Keeper } from './keeper';

/** Connects wait here while no broker runs. */
const BACKLOG = 511;
const ORPHAN_RETRY_MS = 500;

async function main(): Promise<void> {
  const directory = process.argv[2];
  if (!directory) throw new Error('usage: keeper DIRECTORY');
  process.umask(0o077);
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  process.chdir(directory);

  // One keeper for a directory, whoever started it. The lock lives as long as this process.
  if (!tryLock(fs.openSync(path.join(directory, 'keeper.lock'), 'a'))) process.exit(0);

  const log = (message: string): void => console.log(`${new Date().toISOString()} keeper ${message}`);
  protectFromOutOfMemory();
  const socket = path.join(directory, HOST_SOCKET);
  while (await answers(socket)) await new Promise((resolve) => setTimeout(resolve, ORPHAN_RETRY_MS));
  fs.rmSync(socket, { force: true });
  const keeper = new Keeper({
    brokerProgram: path.join(__dirname, '../broker/main.js'),
    launcherProgram: path.join(__dirname, '../../../native/launcher'),
    directory,
    listenerFd: listenUnix(socket, BACKLOG),
    incarnation: nextIncarnation(path.join(directory, 'incarnation')),
    log,
  });
  fs.writeFileSync(path.join(directory, 'keeper.pid'), String(process.pid));
  process.on('SIGUSR2', () => keeper.rollBroker());
  process.on('SIGTERM', () => keeper.shutdown());
  // A terminal that closes, a Ctrl-C at the gateway's terminal: not this process's business.
  process.on('SIGHUP', () => undefined);
  process.on('SIGINT', () => undefined);
  hardenProcess();
  // From here on shells hang on this process: it outlives its own mistakes.
  process.on('uncaughtException', (error) => log(error.stack ?? error.message));
  keeper.startBroker();
  log(`ready, pid ${process.pid}`);
}

/** A broker that lost its keeper serves its terminals to their end; two of them must never write the same files. */
function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Changes exactly when the shells of the previous keeper are gone: the fencing token of this host. */
function nextIncarnation(file: string): number {
  const previous = fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : 0;
  const incarnation = (Number.isSafeInteger(previous) ? previous : 0) + 1;
  fs.writeFileSync(`${file}.new`, String(incarnation));
  fs.renameSync(`${file}.new`, file);
  return incarnation;
}

/** Needs a privilege; without it the host is as likely to be killed as any other process. */
function protectFromOutOfMemory(): void {
  try {
    fs.writeFileSync('/proc/self/oom_score_adj', '-900');
  } catch {
    // Not root.
  }
}

void main();
