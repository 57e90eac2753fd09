import type { ClaudeAttention } from '@holdfast/protocol';
import { InMemoryControlBus } from '../../infrastructure/control-bus/in-memory-control-bus';
import type { SessionStore } from '../../sessions/session-store';
import type { SessionCompany } from '../../sharing/session-company';
import type { Connections } from '../../terminal-connection/connections';
import { type ClaudeRecord, newClaudeRecord } from '../records/claude-record';
import type { ClaudeSessionRows } from '../records/claude-session-rows';
import { AttentionFeed } from './attention-feed';
import { ClaudeAnnouncer } from './claude-announcer';

const OWNER = '11111111-1111-4111-8111-111111111111';
const RECORD = newClaudeRecord({ key: 's:p', sessionId: 's', projectId: 'p', ownerId: OWNER, conversationId: 'c' }, 1);
const inState = (state: ClaudeRecord['state']['state'], tool?: string): ClaudeRecord => ({
  ...RECORD,
  state: { state, since: 1, ...(tool && { tool }) },
});

type Told = [string, string, ClaudeAttention];

function gateway(bus: InMemoryControlBus): { told: Told[]; feed: AttentionFeed; names: { title: string } } {
  const told: Told[] = [];
  const names = { title: '✳ Fix the tests' };
  const connections = { tell: (...one: Told) => void told.push(one) };
  const sessions = { findByKey: async () => ({ name: null, ...names }) };
  const feed = new AttentionFeed(connections as unknown as Connections, bus, sessions as unknown as SessionStore);
  feed.onModuleInit();
  return { told, feed, names };
}

const done = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('news of a Claude session', () => {
  it('reach the sockets of its owner, on every gateway', async () => {
    const [bus, otherBus] = [new InMemoryControlBus(), new InMemoryControlBus()];
    bus.join(otherBus);
    const here = gateway(bus);
    const there = gateway(otherBus);
    here.feed.tell(inState('needs_permission'));
    await done();
    const attention = {
      sessionId: 's',
      projectId: 'p',
      name: 'Fix the tests',
      needsMe: true,
      state: 'needs_permission',
      since: 1,
    };
    expect(here.told).toEqual([[OWNER, 'claude.attention', attention]]);
    expect(there.told).toEqual(here.told);
  });

  it('are of the present: what came while a name was looked up counts', async () => {
    const { told, feed } = gateway(new InMemoryControlBus());
    feed.tell(inState('working'));
    feed.tell(inState('needs_answer'));
    feed.tell(inState('waiting'));
    await done();
    expect(told.map(([, , { state }]) => state)).toEqual(['working', 'waiting']);
  });

  it('are not made of what somebody else puts on the bus', async () => {
    const [bus, otherBus] = [new InMemoryControlBus(), new InMemoryControlBus()];
    bus.join(otherBus);
    const { told } = gateway(bus);
    otherBus.publish({ topic: 'claude.attention', payload: { ownerId: OWNER, attention: { sessionId: 's' } } });
    otherBus.publish({ topic: 'other', payload: {} });
    expect(told).toEqual([]);
  });

  it('are few: not each tool, and the last of a moment', () => {
    jest.useFakeTimers();
    const told: string[] = [];
    const relayed: string[] = [];
    const announcer = new ClaudeAnnouncer(
      { send: async (key: string) => relayed.push(key) } as unknown as SessionCompany,
      { tell: ({ state }: ClaudeRecord) => told.push(state.state) } as unknown as AttentionFeed,
      { write: ({ state }: ClaudeRecord) => told.push(`row ${state.state}`) } as unknown as ClaudeSessionRows,
    );
    announcer.changed(undefined, inState('waiting'));
    announcer.changed(inState('waiting'), inState('working'));
    jest.advanceTimersByTime(1_000);
    announcer.changed(inState('working'), inState('working', 'Bash'));
    jest.advanceTimersByTime(1_000);
    expect(told).toEqual(['row working', 'working']);
    expect(relayed).toHaveLength(3);
    announcer.changed(inState('working'), inState('error'));
    announcer.onModuleDestroy();
    expect(told.slice(2)).toEqual(['row error', 'error']);
    jest.useRealTimers();
  });
});
