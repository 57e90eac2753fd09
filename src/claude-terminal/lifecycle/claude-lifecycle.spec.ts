import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FakeClock } from '../../../test/support/fake-clock';
import { loadConfig } from '../../../config/environment';
import { RandomIds } from '../../kernel/ids';
import type { ExitStatus, HostSession } from '../../pty-host/wire/host-messages';
import type { SessionToLaunch } from '../../sessions/session-opener';
import type { SessionProcesses } from '../../sessions/session-processes';
import type { PreparedConversation } from '../launch/claude-conversations';
import { ClaudePlaces } from '../places';
import type { ClaudeRecord } from '../records/claude-record';
import { ClaudeRecords } from '../records/claude-records';
import type { ClaudeAnnouncer } from '../status/claude-announcer';
import type { ClaudeSignal } from '../status/claude-signal';
import { ClaudeStatus } from '../status/claude-status';
import { ClaudeLifecycle } from './claude-lifecycle';
import { ConversationClaims } from './conversation-claims';
import { Transcripts } from './transcripts';

const CALLS = 50;
const OWNER = randomUUID();
const PROMPTED: ClaudeSignal = { kind: 'hook', hook: { hook_event_name: 'UserPromptSubmit' } };

/** A machine: one data directory, one PTY host, and any number of gateway processes. */
class World {
  readonly dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'hf-life-'));
  readonly clock = new FakeClock();
  private readonly onHost = new Map<string, Pick<HostSession, 'exit' | 'createdAt' | 'endedAt'>>();
  private readonly records = new ClaudeRecords({ dataDir: this.dataDir });
  private readonly status = this.statusOf(this.records);

  gateway(): ClaudeLifecycle {
    const config = loadConfig({ DATA_DIR: this.dataDir });
    const records = new ClaudeRecords(config);
    const processes = {
      findIfHeld: (key: string) => Promise.resolve(this.onHost.get(key) as HostSession | undefined),
    } as SessionProcesses;
    const claims = new ConversationClaims(config, records, processes, this.clock);
    return new ClaudeLifecycle(new Transcripts(config), claims, this.statusOf(records), new RandomIds(), this.clock);
  }

  /** As the host starts it. */
  runs(id: string): void {
    this.onHost.set(keyOf(id), { exit: null, createdAt: this.clock.now(), endedAt: null });
  }

  ends(id: string, exit: Partial<ExitStatus>, afterMs = 60_000): void {
    this.clock.advance(afterMs);
    const { createdAt = 0 } = this.onHost.get(keyOf(id)) ?? {};
    const status = { exitCode: null, signal: null, reason: 'exited' as const, ...exit };
    this.onHost.set(keyOf(id), { exit: status, createdAt, endedAt: this.clock.now() });
  }

  /** As the CLI does with the first prompt. */
  async prompted(id: string, conversationId: string): Promise<void> {
    const { config } = new ClaudePlaces(this.dataDir).of(OWNER, 'project');
    const directory = path.join(config, 'projects/-workspace');
    fs.mkdirSync(directory, { recursive: true });
    fs.writeFileSync(path.join(directory, `${conversationId}.jsonl`), '{}\n');
    await this.learns(id, PROMPTED);
  }

  learns(id: string, signal: ClaudeSignal): Promise<unknown> {
    return this.status.apply(keyOf(id), signal);
  }

  /** By `/resume` in its terminal. */
  async isLedTo(id: string, conversationId: string): Promise<void> {
    await this.learns(id, { kind: 'hook', hook: { hook_event_name: 'UserPromptSubmit', session_id: conversationId } });
  }

  record(id: string): ClaudeRecord {
    return this.records.read(keyOf(id)) as ClaudeRecord;
  }

  private statusOf(records: ClaudeRecords): ClaudeStatus {
    return new ClaudeStatus(records, { changed: () => undefined } as unknown as ClaudeAnnouncer, this.clock);
  }
}

function keyOf(id: string): string {
  return `${id}:project`;
}

function session(id: string): SessionToLaunch {
  return { id, projectId: 'project', ownerId: OWNER, profile: 'default', projectRole: 'owner' };
}

let world: World;
beforeEach(() => (world = new World()));
afterEach(() => fs.rmSync(world.dataDir, { recursive: true, force: true }));

function prepare(id: string, gateway = world.gateway()): Promise<PreparedConversation> {
  return gateway.prepare(session(id));
}

/** It ran, was prompted, and has ended. */
async function conversation(id: string, exit: Partial<ExitStatus> = { reason: 'hibernated' }): Promise<string> {
  const { conversationId } = await prepare(id);
  world.runs(id);
  await world.prompted(id, conversationId);
  await world.learns(id, { kind: 'hook', hook: { hook_event_name: 'Stop' } });
  world.ends(id, exit);
  return conversationId;
}

describe('the conversation of a session', () => {
  it('is the same for everybody who starts its process at once, on two gateways', async () => {
    const gateways = [world.gateway(), world.gateway()];
    const all = Array.from({ length: CALLS }, (_, n) => prepare('a', gateways[n % 2]));
    const ids = new Set((await Promise.all(all)).map(({ conversationId, resume }) => `${conversationId} ${resume}`));
    expect([...ids]).toEqual([`${world.record('a').conversation.id} false`]);
  });

  it('is resumed once it was prompted, and begun again as long as it was not', async () => {
    const first = await prepare('a');
    world.runs('a');
    world.ends('a', { reason: 'host-lost' });
    expect(await prepare('a')).toEqual({ ...first, notice: undefined });
    world.runs('a');
    await world.prompted('a', first.conversationId);
    await world.learns('a', { kind: 'hook', hook: { hook_event_name: 'Stop' } });
    world.ends('a', { reason: 'hibernated' });
    expect(await prepare('a')).toMatchObject({
      conversationId: first.conversationId,
      resume: true,
      notice: { kind: 'resumed', active: false },
    });
  });

  it('is the one that /clear began; the one before stays known until the session is removed', async () => {
    const old = await conversation('a');
    await prepare('a');
    world.runs('a');
    const cleared = randomUUID();
    await world.isLedTo('a', cleared);
    await world.prompted('a', cleared);
    world.ends('a', { signal: 'KILL' });
    expect(await prepare('a')).toMatchObject({ conversationId: cleared, resume: true });
    expect(world.record('a').earlier).toEqual([old]);
  });

  it('is tried the other way, then given up, when the CLI refuses it at once', async () => {
    const id = await conversation('a');
    const refused = async (): Promise<PreparedConversation> => {
      world.runs('a');
      world.ends('a', { exitCode: 1 }, 500);
      return prepare('a');
    };
    expect(await prepare('a')).toMatchObject({ conversationId: id, resume: true });
    expect(await refused()).toMatchObject({ conversationId: id, resume: false });
    const fresh = await refused();
    expect(fresh).toMatchObject({ resume: false, notice: { kind: 'conversation-lost' } });
    expect(fresh.conversationId).not.toBe(id);
    expect(await refused()).toMatchObject({ conversationId: id, resume: true });
  });
});

describe('work that was interrupted', () => {
  it('is told with the next process, also when that is made before anybody said that the last one has ended', async () => {
    const id = await conversation('a');
    await prepare('a');
    world.runs('a');
    await world.prompted('a', id);
    world.ends('a', { signal: 'KILL' });
    expect((await prepare('a')).notice).toMatchObject({ kind: 'interrupted', active: true });
    expect(world.record('a')).toMatchObject({ interrupted: true, state: { state: 'waiting' } });
  });

  it('is not what its user ended', async () => {
    const id = await conversation('a');
    await prepare('a');
    world.runs('a');
    await world.prompted('a', id);
    world.ends('a', { reason: 'hibernated' });
    expect((await prepare('a')).notice).toMatchObject({ kind: 'resumed' });
  });
});

describe('two sessions that were led to one conversation', () => {
  it('never both get it: the one that comes while the other runs begins a new one', async () => {
    const shared = await conversation('b');
    await conversation('a');
    await prepare('a');
    world.runs('a');
    await world.isLedTo('a', shared);
    const other = await prepare('b');
    expect(other).toMatchObject({ resume: false, notice: { kind: 'conversation-lost' } });
    expect(other.conversationId).not.toBe(shared);
    expect(world.record('a').conversation.id).toBe(shared);
  });

  it('get it one or the other when both are opened at once on two gateways', async () => {
    const shared = await conversation('b');
    await conversation('a');
    await prepare('a');
    world.runs('a');
    await world.isLedTo('a', shared);
    world.ends('a', { reason: 'host-lost' });
    const gateways = [world.gateway(), world.gateway()];
    const all = await Promise.all(
      Array.from({ length: CALLS }, async (_, n) => {
        const id = n % 4 < 2 ? 'a' : 'b';
        return `${id} ${(await prepare(id, gateways[n % 2])).conversationId}`;
      }),
    );
    const answers = [...new Set(all)];
    expect(answers).toHaveLength(2);
    expect(answers.filter((answer) => answer.endsWith(shared))).toHaveLength(1);
  });
});
