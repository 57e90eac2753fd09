import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createClient } from 'redis';
import { eventually } from './eventually';
import { findRedisServer } from './redis-binary';

/** A real Redis on a private socket, which a test may hurt. */
export class TestRedis {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly dir: string,
    private readonly socket: string,
  ) {}

  static async start(): Promise<TestRedis> {
    const dir = fs.mkdtempSync('/tmp/holdfast-redis-');
    const redis = new TestRedis(dir, path.join(dir, 's'));
    await redis.run();
    return redis;
  }

  /** As a REDIS_URL. */
  get url(): string {
    return `unix://${this.socket}`;
  }

  async run(): Promise<void> {
    const { command, env } = findRedisServer();
    const settings = [
      '--port',
      '0',
      '--unixsocket',
      this.socket,
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      this.dir,
    ];
    this.child = spawn(command, settings, { stdio: 'ignore', env: { ...process.env, ...env } });
    await eventually(() => this.ping());
  }

  /** Hangs: connections stay, answers do not come. */
  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
  }

  async stop(): Promise<void> {
    await this.kill();
    fs.rmSync(this.dir, { recursive: true, force: true });
  }

  private async ping(): Promise<void> {
    const client = createClient({ url: this.url, socket: { reconnectStrategy: false } });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.ping();
    } finally {
      if (client.isOpen) client.destroy();
    }
  }
}
