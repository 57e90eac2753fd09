import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartupError } from '../startup-error';
import { type ClusterDirectory, prepareClusterDirectory } from './cluster-directory';
import { initializeCluster, SUPERUSER } from './initialize-cluster';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries';
import { type PostmasterState, readPostmasterState, removeStaleLock } from './postmaster-state';

const SETPRIV = '/usr/bin/setpriv';
const POLL_MS = 25;
/** Crash recovery after a power cut replays the WAL, at most about a gigabyte of it. */
const START_TIMEOUT_MS = 60_000;
/** Fast shutdown waits for a checkpoint; after this long the server is told to drop everything. */
const STOP_TIMEOUT_MS = 10_000;
const WATCH_INTERVAL_MS = 1000;
const MAX_LOG_BYTES = 10 * 1024 * 1024;
/** PostgreSQL names its socket after a port even when it listens on none. */
const SOCKET_PORT = 5432;

/** Settings of the server on its command line. Room for the pools of several nodes on this machine. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '100',
  shared_buffers: '64MB',
  log_min_messages: 'warning',
};

export interface EmbeddedPostgresOptions {
  /** Everything of the cluster lies here. */
  readonly dir: string;
  /** More settings, for example to be fast in tests. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Told when a server that died is started again. */
  readonly onRestart?: (reason: string) => void;
}

/**
 * A real PostgreSQL under a directory, reachable through a private Unix socket only. A live server on the directory is
 * adopted; one that dies is started again; the server ends with the process that started it, even with a killed one.
 */
export class EmbeddedPostgres {
  private child: ChildProcess | undefined;
  private watch: NodeJS.Timeout | undefined;
  private ensuring: Promise<void> | undefined;
  private stopped = false;

  private constructor(
    private readonly options: EmbeddedPostgresOptions,
    private readonly cluster: ClusterDirectory,
    private readonly binaries: PostgresBinaries,
    private readonly password: string,
  ) {}

  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    const cluster = prepareClusterDirectory(options.dir);
    const binaries = findPostgresBinaries(cluster);
    const server = new EmbeddedPostgres(options, cluster, binaries, initializeCluster(cluster, binaries));
    await server.ensureRunning();
    server.watch = setInterval(() => server.restartIfDead(), WATCH_INTERVAL_MS).unref();
    return server;
  }

  /** As a DATABASE_URL. */
  url(database = 'postgres'): string {
    const host = encodeURIComponent(this.cluster.socketDir);
    return `postgres://${SUPERUSER}:${this.password}@localhost:${SOCKET_PORT}/${database}?host=${host}`;
  }

  state(): PostmasterState {
    return readPostmasterState(this.cluster.data);
  }

  /** Ends the server if this object started it; an adopted one belongs to another process. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.watch);
    await this.ensuring?.catch(() => undefined);
    const child = this.child;
    if (!child || hasExited(child)) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    const impatience = setTimeout(() => child.kill('SIGQUIT'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(impatience);
  }

  private restartIfDead(): void {
    if (this.stopped || this.ensuring || this.state().phase !== 'absent') return;
    this.options.onRestart?.(this.lastWords());
    // A failure is tried again at the next look.
    this.ensureRunning().catch(() => undefined);
  }

  private ensureRunning(): Promise<void> {
    this.ensuring ??= this.bringUp().finally(() => (this.ensuring = undefined));
    return this.ensuring;
  }

  private async bringUp(): Promise<void> {
    const deadline = performance.now() + START_TIMEOUT_MS;
    let started: ChildProcess | undefined;
    for (;;) {
      const { phase } = this.state();
      if (phase === 'ready') return;
      if (phase === 'absent') {
        if (started && hasExited(started)) throw this.startFailure();
        started ??= this.spawn();
      }
      // `starting` and `stopping` pass by themselves, whoever's server it is.
      if (performance.now() > deadline) throw this.startFailure();
      await sleep(POLL_MS);
    }
  }

  private startFailure(): StartupError {
    return new StartupError(`The embedded PostgreSQL in ${this.cluster.root} did not start: ${this.lastWords()}`);
  }

  private spawn(): ChildProcess {
    const { user, data, socketDir } = this.cluster;
    removeStaleLock(data);
    const settings = { ...SETTINGS, unix_socket_directories: socketDir, ...this.options.settings };
    const args = ['-D', data, '-p', String(SOCKET_PORT)];
    for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`);
    const log = this.openLog();
    // Its own process group: Ctrl-C is for us, and we end the server when nobody needs it any more.
    const common: SpawnOptions = {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env: { LC_ALL: 'C.UTF-8' },
    };
    const { postgres } = this.binaries;
    const child = fs.existsSync(SETPRIV)
      ? spawn(SETPRIV, [...setprivArgs(user), postgres, ...args], common)
      : spawn(postgres, args, { ...common, ...user });
    fs.closeSync(log);
    child.once('error', () => undefined);
    child.unref();
    this.child = child;
    return child;
  }

  /** A file, not a pipe: the server may outlive this process on systems without setpriv. */
  private openLog(): number {
    const { logFile } = this.cluster;
    const size = fs.statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
    if (size > MAX_LOG_BYTES) fs.renameSync(logFile, `${logFile}.old`);
    return fs.openSync(logFile, 'a', 0o600);
  }

  private lastWords(): string {
    const { logFile } = this.cluster;
    if (!fs.existsSync(logFile)) return 'it said nothing';
    const lines = fs.readFileSync(logFile, 'utf8').trimEnd().split('\n');
    return lines.slice(-3).join(' ').trim() || `it said nothing in ${path.basename(logFile)}`;
  }
}

/** The server gets SIGINT, its fast shutdown, when the process that started it dies in whatever way. */
function setprivArgs({ uid, gid }: { readonly uid?: number; readonly gid?: number }): string[] {
  const identity = uid === undefined ? [] : [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  return ['--pdeathsig', 'INT', ...identity, '--'];
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}
