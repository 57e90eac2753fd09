import type { ClaudeAttention } from '@holdfast/protocol';
import { Notifier, type Notice } from './notifier';

const waiting = (sessionId: string, since = 1): ClaudeAttention => ({
  sessionId,
  projectId: 'p',
  name: `name of ${sessionId}`,
  state: 'needs_permission',
  since,
  needsMe: true,
  summary: 'rm -rf /secret',
});

describe('notifications', () => {
  let told: Notice[];
  let removed: string[];
  let enabled: boolean;
  let withSummary: boolean;
  let looking: string | undefined;
  let notifier: Notifier;

  beforeEach(() => {
    told = [];
    removed = [];
    enabled = true;
    withSummary = false;
    looking = undefined;
    notifier = new Notifier({
      show: (notice, { sessionId }) => {
        told.push(notice);
        return () => removed.push(sessionId);
      },
      isLookedAt: (id) => id === looking,
      nameOf: ({ name }) => name,
      withSummary: () => withSummary,
      enabled: () => enabled,
    });
    notifier.take([]);
  });

  it('tell once that a session needs its user, without what it wants to do', () => {
    notifier.take([waiting('a')]);
    notifier.take([waiting('a'), waiting('b')]);
    expect(told.map(({ body }) => body)).toEqual(['name of a', 'name of b']);
    expect(JSON.stringify(told)).not.toContain('secret');
  });

  it('tell again when it needs the user for something else, and take the old one back', () => {
    notifier.take([waiting('a', 1)]);
    notifier.take([waiting('a', 2)]);
    expect(told).toHaveLength(2);
    expect(removed).toEqual(['a']);
    notifier.take([]);
    expect(removed).toEqual(['a', 'a']);
  });

  it('show what it wants to do only when the user wanted that', () => {
    withSummary = true;
    notifier.take([waiting('a')]);
    expect(told[0]?.body).toBe('rm -rf /secret');
  });

  it('say nothing while they are off, or the user looks at the session, or of what was so before', () => {
    const fresh = new Notifier({ ...notifier['deps'] });
    fresh.take([waiting('before')]);
    looking = 'a';
    notifier.take([waiting('a')]);
    enabled = false;
    notifier.take([waiting('a'), waiting('b')]);
    expect(told).toEqual([]);
  });
});
