import type { ClaudeListener } from '../../claude-api/claude-listener';
import { TypedEvents } from '../../kernel/typed-events';
import type { PtyHostClient, PtyHostEvents } from '../../pty-client/pty-host-client';
import type { HostSession } from '../../pty-host/wire/host-messages';
import { FakeClock } from '../../../test/support/fake-clock';
import { type ClaudeRecord, newClaudeRecord } from '../records/claude-record';
import type { ClaudeRecords } from '../records/claude-records';
import type { ClaudeSignal } from './claude-signal';
import type { ClaudeStatus } from './claude-status';
import { HostSignals } from './host-signals';
import { glyphOf } from './title-glyph';

const undo: (() => void)[] = [];
afterEach(() => undo.splice(0).forEach((one) => one()));

const exit = { exitCode: 1, signal: null, reason: 'exited' } as const;

function setUp(keys: readonly string[], sessions: readonly Partial<HostSession>[]) {
  const clock = new FakeClock();
  const records = keys.map((key): ClaudeRecord =>
    newClaudeRecord({ key, sessionId: key, projectId: 'p', ownerId: 'o', conversationId: key }, clock.now()),
  );
  const told: [string, ClaudeSignal][] = [];
  const events = new TypedEvents<PtyHostEvents>();
  const host = { events, request: async () => ({ sessions }) };
  const listener = { isLeader: true, onLeading: () => ({ dispose: () => undefined }) };
  const signals = new HostSignals(
    host as unknown as PtyHostClient,
    listener as unknown as ClaudeListener,
    { read: (key: string) => records.find((one) => one.key === key), all: () => records } as unknown as ClaudeRecords,
    { apply: async (...one: [string, ClaudeSignal]) => void told.push(one) } as unknown as ClaudeStatus,
    clock,
  );
  signals.onModuleInit();
  undo.push(() => signals.onModuleDestroy());
  return { clock, events, listener, told };
}

const done = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what the PTY host says of Claude sessions', () => {
  it.each([
    ['◐ Working on it', 'working'],
    ['◓', 'working'],
    ['✳ Claude Code', 'idle'],
    ['vim ✳', undefined],
    ['', undefined],
  ] as const)('has in the title %j the sign %s', (title, glyph) => expect(glyphOf(title)).toBe(glyph));

  it('is heard by the leader, and by nobody else', () => {
    const { events, listener, told } = setUp(['a'], []);
    events.emit('session-title', { sessionId: 'a', title: '◐ x' });
    events.emit('session-title', { sessionId: 'shell', title: '~/src' });
    events.emit('session-ended', { session: { sessionId: 'a', exit } as HostSession });
    listener.isLeader = false;
    events.emit('session-title', { sessionId: 'a', title: '✳ x' });
    expect(told).toEqual([
      ['a', { kind: 'title', glyph: 'working' }],
      ['a', { kind: 'exit', reason: 'exited', exitCode: 1 }],
    ]);
  });

  it('is compared with the records when it is back: what ended meanwhile, and what it has lost', async () => {
    const running = { sessionId: 'runs', exit: null, title: '✳ x' };
    const { clock, events, told } = setUp(
      ['runs', 'ended', 'lost'],
      [running, { sessionId: 'ended', exit, createdAt: 1 }],
    );
    clock.advance(60_000);
    events.emit('connected', {} as PtyHostEvents['connected']);
    await done();
    expect(told).toEqual([
      ['runs', { kind: 'title', glyph: 'idle' }],
      ['ended', { kind: 'exit', reason: 'exited', exitCode: 1 }],
      ['lost', { kind: 'exit', reason: 'host-lost', exitCode: null }],
    ]);
  });

  it('does not count as lost what is being started', async () => {
    const { events, told } = setUp(['starting'], []);
    events.emit('connected', {} as PtyHostEvents['connected']);
    await done();
    expect(told).toEqual([]);
  });
});
