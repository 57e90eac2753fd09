import { lifetimeOf, type LifetimeFacts } from './session-lifetime';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 0, 1, 12);
const facts: LifetimeFacts = {
  now: NOW,
  ended: false,
  endedAt: null,
  keep: false,
  host: { attachments: 0, idleOutputMs: 10 * MINUTE, idleViewerMs: 20 * MINUTE },
  limits: { retentionMinutes: 30, endedRetentionDays: 7 },
};
const host = (attachments: number, output: number, viewer: number): LifetimeFacts['host'] => ({
  attachments,
  idleOutputMs: output * MINUTE,
  idleViewerMs: viewer * MINUTE,
});

it('a session that nobody watches and that prints nothing has until the limit after the later of both', () => {
  expect(lifetimeOf(facts)).toEqual({
    state: 'idle',
    because:
      'Nobody watches and nothing is printed; it is ended after 30 minutes without viewers and without output (SESSION_RETENTION_MINUTES).',
    viewers: 0,
    idleSeconds: 600,
    expiresAt: new Date(NOW + 20 * MINUTE),
  });
  expect(lifetimeOf({ ...facts, host: host(0, 25, 3) }).expiresAt).toEqual(new Date(NOW + 27 * MINUTE));
});

it('one that is due is due now, not in the past', () => {
  expect(lifetimeOf({ ...facts, host: host(0, 500, 500) }).expiresAt).toEqual(new Date(NOW));
});

it('one that printed within the last minute is active', () => {
  expect(lifetimeOf({ ...facts, host: host(0, 0.5, 90) })).toMatchObject({
    state: 'active',
    idleSeconds: 30,
    expiresAt: new Date(NOW + 29.5 * MINUTE),
  });
});

it('one that is watched, or kept, is not ended by itself', () => {
  expect(lifetimeOf({ ...facts, host: host(1, 500, 0) })).toMatchObject({
    state: 'watched',
    because: 'Somebody watches it.',
    viewers: 1,
    expiresAt: null,
  });
  expect(lifetimeOf({ ...facts, keep: true, host: host(3, 0, 0) })).toMatchObject({ state: 'watched', viewers: 3 });
  expect(lifetimeOf({ ...facts, keep: true })).toMatchObject({ state: 'kept', expiresAt: null });
});

it('nothing is said about the end of one whose host cannot be asked', () => {
  expect(lifetimeOf({ ...facts, host: undefined })).toMatchObject({ state: 'active', expiresAt: null });
  expect(lifetimeOf({ ...facts, host: undefined, keep: true })).toMatchObject({ state: 'kept', expiresAt: null });
});

it('an ended one is removed some days after its end, unless it is kept', () => {
  const ended = { ...facts, ended: true, endedAt: NOW - MINUTE };
  expect(lifetimeOf(ended)).toEqual({
    state: 'ended',
    because: 'It has ended. Its transcript is held for 7 days (SESSION_ENDED_RETENTION_DAYS).',
    viewers: 0,
    idleSeconds: 0,
    expiresAt: new Date(NOW - MINUTE + 7 * 24 * 60 * MINUTE),
  });
  expect(lifetimeOf({ ...ended, keep: true })).toMatchObject({ state: 'ended', expiresAt: null });
  expect(lifetimeOf({ ...ended, endedAt: null })).toMatchObject({ state: 'ended', expiresAt: null });
});

describe('a session that is hibernated instead of ended', () => {
  const claude: LifetimeFacts = { ...facts, hibernates: { afterMinutes: 15, now: false } };

  it('says after what time, also while somebody watches', () => {
    expect(lifetimeOf(claude).because).toBe(
      'Nobody watches and nothing is printed; it is hibernated after 30 minutes without viewers and without output (SESSION_RETENTION_MINUTES); it is hibernated once it has waited for 15 minutes and nobody has typed (CLAUDE_HIBERNATE_MINUTES).',
    );
    expect(lifetimeOf({ ...claude, host: host(1, 1, 0) }).because).toContain('CLAUDE_HIBERNATE_MINUTES');
  });

  it('is not hibernated by itself when it is kept, or when that is switched off', () => {
    expect(lifetimeOf({ ...claude, keep: true }).because).not.toContain('hibernated');
    expect(lifetimeOf({ ...claude, hibernates: { afterMinutes: 0, now: false } }).because).not.toContain('CLAUDE_');
  });

  it('is there to be opened once it is hibernated, for as long as what has ended', () => {
    const over = { ...claude, ended: true, endedAt: NOW, hibernates: { now: true } };
    expect(lifetimeOf(over)).toMatchObject({ state: 'hibernated', expiresAt: new Date(NOW + 7 * 24 * 60 * MINUTE) });
    expect(lifetimeOf({ ...over, keep: true })).toMatchObject({ state: 'hibernated', expiresAt: null });
  });
});
