import type { ConversationStart } from '../records/claude-record';
import { nextStart, type StartFacts } from './next-start';

const facts = (change: Partial<StartFacts> = {}): StartFacts => ({
  conversationId: 'first',
  refused: false,
  hasTranscript: (id) => id === 'first',
  newId: () => 'new',
  ...change,
});
const started = (change: Partial<ConversationStart>): ConversationStart => ({
  at: 0,
  resume: true,
  attempt: 0,
  ...change,
});

describe('what the next process of a session goes on with', () => {
  it('is its conversation when that has a transcript', () => {
    expect(nextStart(facts())).toEqual({ conversationId: 'first', resume: true, attempt: 0 });
  });

  it('is the same conversation from its beginning when nobody has prompted it', () => {
    expect(nextStart(facts({ hasTranscript: () => false }))).toEqual({
      conversationId: 'first',
      resume: false,
      attempt: 0,
    });
  });

  it('is resumed instead of begun, and begun instead of resumed, when the process before refused', () => {
    for (const resume of [true, false]) {
      const next = nextStart(facts({ refused: true, start: started({ resume }) }));
      expect(next).toEqual({ conversationId: 'first', resume: !resume, attempt: 1 });
    }
  });

  it('is a new conversation when both ways were refused, and its user is told', () => {
    const next = nextStart(facts({ refused: true, start: started({ attempt: 1 }) }));
    expect(next).toMatchObject({ conversationId: 'new', resume: false, attempt: 2, lost: 'first' });
    expect(next.notice).toMatchObject({ kind: 'conversation-lost', active: true });
  });

  it('loses nothing worth telling when there was no transcript', () => {
    const next = nextStart(facts({ refused: true, start: started({ attempt: 1 }), hasTranscript: () => false }));
    expect(next).toEqual({ conversationId: 'new', resume: false, attempt: 2, lost: 'first' });
  });

  it('is the first conversation again when a new one was refused, too', () => {
    const start = started({ attempt: 2, resume: false, lost: 'first' });
    expect(nextStart(facts({ conversationId: 'new', refused: true, start }))).toEqual({
      conversationId: 'first',
      resume: true,
      attempt: 0,
    });
  });

  it('starts over once a process has lived', () => {
    for (const attempt of [1, 2] as const)
      expect(nextStart(facts({ start: started({ attempt, lost: 'before' }) }))).toEqual({
        conversationId: 'first',
        resume: true,
        attempt: 0,
      });
  });
});
