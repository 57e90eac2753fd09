import fs from 'node:fs';
import path from 'node:path';
import { EmbeddedPostgres } from '../../src/infrastructure/embedded-postgres/embedded-postgres';

type Settings = Readonly<Record<string, string>>;

/** Data that nobody needs tomorrow may be lost in a power cut. */
const FAST: Settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' };

/** A PostgreSQL of a test: under /tmp, because the path of its socket must be short, and gone afterwards. */
export class TestCluster {
  private constructor(
    private readonly root: string,
    private readonly settings: Settings,
    private server: EmbeddedPostgres,
  ) {}

  /** For tests that stop it and then count: `{ synchronous_commit: 'on' }`, or it forgets its last commits. */
  static async start(settings: Settings = {}): Promise<TestCluster> {
    const root = fs.mkdtempSync('/tmp/holdfast-pg-');
    fs.chmodSync(root, 0o711);
    return new TestCluster(root, settings, await startServer(root, settings));
  }

  url(database?: string): string {
    return this.server.url(database);
  }

  /** As a server that hangs: connections stay, answers do not come. */
  pause(): void {
    this.signalAll('SIGSTOP');
  }

  resume(): void {
    this.signalAll('SIGCONT');
  }

  /** As a killed postmaster, which its supervisor starts again. */
  crash(): void {
    process.kill(this.pid, 'SIGKILL');
  }

  /** An immediate stop, and nobody starts it again before `comeBack`. */
  async goAway(): Promise<void> {
    process.kill(this.pid, 'SIGQUIT');
    await this.server.stop();
  }

  async comeBack(): Promise<void> {
    this.server = await startServer(this.root, this.settings);
  }

  async stop(): Promise<void> {
    await this.server.stop();
    fs.rmSync(this.root, { recursive: true, force: true });
  }

  private get pid(): number {
    const state = this.server.state();
    if (state.phase === 'absent') throw new Error('PostgreSQL is not running');
    return state.pid;
  }

  /** The postmaster and its children. */
  private signalAll(signal: NodeJS.Signals): void {
    const postmaster = this.pid;
    const children = fs.readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').trim().split(' ');
    for (const pid of [postmaster, ...children.map(Number)]) process.kill(pid, signal);
  }
}

function startServer(root: string, settings: Settings): Promise<EmbeddedPostgres> {
  return EmbeddedPostgres.start({ dir: path.join(root, 'pg'), settings: { ...FAST, ...settings } });
}
