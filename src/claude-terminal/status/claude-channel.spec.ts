import { DomainError } from '../../kernel/domain-error';
import type { ChannelParts } from '../../terminal-connection/profile';
import { type ClaudeRecord, newClaudeRecord } from '../records/claude-record';
import { ClaudeChannel, type ClaudeChannelServices } from './claude-channel';

const AGAIN = JSON.stringify({ kind: 'claude' });
const ANA = { id: 'a', email: 'ana@test.local' };
const asked = (id: string, more: object = {}): ClaudeRecord['permissions'][number] => ({
  ...{ id, kind: 'permission', tool: 'Bash', detail: 'ls', since: 1, answerable: true, match: 'secret' },
  ...more,
});

function setUp(role: 'writer' | 'viewer' = 'writer') {
  const about = { key: 's:p', sessionId: 's', projectId: 'p', ownerId: 'o', conversationId: 'c' };
  const world = {
    record: newClaudeRecord(about, 1) as ClaudeRecord | undefined,
    refusal: undefined as Error | undefined,
  };
  const said: unknown[][] = [];
  const errors: unknown[][] = [];
  const given: unknown[][] = [];
  let overstepped = 0;
  const parts = {
    channel: 7,
    session: { key: 's:p', sessionId: 's', projectId: 'p' },
    seat: { role },
    wire: {
      event: (event: string, data: object, id?: string) =>
        said.push(id === undefined ? [event, data] : [event, data, id]),
      error: (error: DomainError, channel: number, id?: string) => errors.push([error.code, channel, id]),
      overstepped: () => overstepped++,
    },
    trail: { did: (code: string) => given.push([code]) },
    principal: () => ({ userId: 'a', email: ANA.email }),
  };
  const services = {
    records: { read: () => world.record },
    answers: {
      give: async (...call: unknown[]) => {
        if (world.refusal) throw world.refusal;
        given.push(call.slice(1, 3));
        world.record = world.record && {
          ...world.record,
          permissions: [],
          answered: [{ id: 'x', decision: 'allow', by: ANA }],
        };
      },
    },
    actions: { continue: async () => given.push(['continue']), dismiss: async () => given.push(['dismiss']) },
  };
  const channel = new ClaudeChannel(parts as unknown as ChannelParts, services as unknown as ClaudeChannelServices);
  return { world, said, errors, given, channel, overstepped: () => overstepped };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const answer = {
  event: 'claude.permission.answer',
  data: { channel: 7, permissionId: 'x', decision: 'allow' },
  id: '9',
} as const;

describe('a channel of a Claude session', () => {
  it('says after it was opened what there is, permissions before the state, and nothing of what only the server needs', () => {
    const { world, said, channel } = setUp();
    world.record = { ...(world.record as ClaudeRecord), permissions: [asked('x')] };
    channel.onRelayed(AGAIN);
    expect(said).toEqual([]);
    channel.onOpened();
    expect(said).toEqual([
      [
        'claude.permission',
        { channel: 7, id: 'x', kind: 'permission', tool: 'Bash', detail: 'ls', since: 1, answerable: true },
      ],
      ['claude.state', { channel: 7, state: 'waiting', since: 1 }],
    ]);
  });

  it('says what changed, once', () => {
    const { world, said, channel } = setUp();
    channel.onOpened();
    said.length = 0;
    channel.onRelayed(AGAIN);
    channel.onRelayed(JSON.stringify({ kind: 'kicked', userId: '11111111-1111-4111-8111-111111111111' }));
    channel.onRelayed('nonsense');
    expect(said).toEqual([]);
    const notice = { kind: 'interrupted', active: true, text: 'x' } as const;
    world.record = { ...(world.record as ClaudeRecord), notice, permissions: [asked('x')] };
    channel.onRelayed(AGAIN);
    world.record = { ...world.record, notice: undefined, permissions: [asked('x', { answerable: false })] };
    channel.onRelayed(AGAIN);
    world.record = { ...world.record, permissions: [], answered: [{ id: 'x', decision: 'deny', by: ANA }] };
    channel.onRelayed(AGAIN);
    channel.close();
    world.record = { ...world.record, state: { state: 'exited', since: 2 } };
    channel.onRelayed(AGAIN);
    expect(said).toMatchObject([
      ['claude.permission', { id: 'x', answerable: true }],
      ['claude.notice', { active: true }],
      ['claude.permission', { id: 'x', answerable: false }],
      ['claude.notice', { active: false }],
      ['claude.permission.settled', { permissionId: 'x', decision: 'deny', by: ANA }],
    ]);
  });

  it('says nothing of a session that nothing is known of', () => {
    const { world, said, channel } = setUp();
    world.record = undefined;
    channel.onOpened();
    expect(said).toEqual([]);
  });

  it('gives the answer of its client, which is told with its id, and puts it on record', async () => {
    const { world, said, given, channel } = setUp();
    world.record = { ...(world.record as ClaudeRecord), permissions: [asked('x')] };
    channel.onOpened();
    channel.onClient(answer);
    await settled();
    expect(given).toEqual([['s:p', 'x'], ['claude.permission.answered']]);
    expect(said.at(-1)).toEqual([
      'claude.permission.settled',
      { channel: 7, permissionId: 'x', decision: 'allow', by: ANA },
      '9',
    ]);
  });

  it('says why an answer was not taken', async () => {
    const { world, errors, channel } = setUp();
    channel.onOpened();
    world.refusal = new DomainError('conflict', 'too late');
    channel.onClient(answer);
    await settled();
    expect(errors).toEqual([['conflict', 7, '9']]);
  });

  it('takes no answer from a viewer', async () => {
    const { errors, given, channel, overstepped } = setUp('viewer');
    channel.onOpened();
    channel.onClient(answer);
    channel.onClient({ event: 'claude.continue', data: { channel: 7 } });
    await settled();
    expect([given, errors.map(([code]) => code), overstepped()]).toEqual([[], ['read_only', 'read_only'], 2]);
  });

  it('goes on and leaves', async () => {
    const { given, channel } = setUp();
    channel.onClient({ event: 'claude.continue', data: { channel: 7 } });
    channel.onClient({ event: 'claude.dismiss', data: { channel: 7 } });
    await settled();
    expect(given).toEqual([['continue'], ['dismiss']]);
  });
});
