import type { ClaudeAttention } from '@holdfast/protocol';
import { AttentionList } from './attention-list';

const session = (sessionId: string, fields: Partial<ClaudeAttention> = {}): ClaudeAttention => ({
  sessionId,
  projectId: 'p',
  name: sessionId,
  state: 'working',
  since: 0,
  needsMe: false,
  ...fields,
});

describe('the list of Claude sessions that need somebody', () => {
  it('has the longest waiting first, and none that works', async () => {
    const list = new AttentionList(async () => [
      session('a', { needsMe: true, since: 3 }),
      session('b'),
      session('c', { needsMe: true, since: 1 }),
    ]);
    await list.refresh();
    expect(list.needsMe.map(({ sessionId }) => sessionId)).toEqual(['c', 'a']);
    list.take(session('c'));
    expect(list.needsMe.map(({ sessionId }) => sessionId)).toEqual(['a']);
    expect(list.stateOf('b')?.state).toBe('working');
  });

  it('believes an event more than a list that was asked for before it', async () => {
    let answer: (items: ClaudeAttention[]) => void = () => undefined;
    const list = new AttentionList(() => new Promise((resolve) => (answer = resolve)));
    const refreshed = list.refresh();
    list.take(session('a', { needsMe: true }));
    answer([session('a'), session('b')]);
    await refreshed;
    expect(list.needsMe.map(({ sessionId }) => sessionId)).toEqual(['a']);
    expect(list.stateOf('b')).toBeDefined();
  });

  it('forgets sessions that are gone, and keeps what it has when the server cannot be asked', async () => {
    const answers = [[session('a'), session('b')], [session('b')], undefined];
    const list = new AttentionList(async () => {
      const next = answers.shift();
      if (!next) throw new Error('no connection');
      return next;
    });
    await list.refresh();
    await list.refresh();
    expect([...list.sessions.value.keys()]).toEqual(['b']);
    await list.refresh();
    expect([...list.sessions.value.keys()]).toEqual(['b']);
  });
});
