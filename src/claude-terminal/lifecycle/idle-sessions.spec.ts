import { CLAUDE_STATES, type ClaudeStateName } from '@holdfast/protocol';
import { hibernatesIfUntyped } from './idle-sessions';

const MINUTE = 60_000;
const NOW = 1_000 * MINUTE;
const LIMITS = { hibernateMs: 30 * MINUTE, retentionMs: 90 * MINUTE };

/** Times in minutes. */
function decide(
  { typed = 31, output = 31, viewer = 0, age = 500 }: Partial<Record<'typed' | 'output' | 'viewer' | 'age', number>>,
  { state = 'waiting', waited = 31 }: { state?: ClaudeStateName; waited?: number } = {},
  limits = LIMITS,
): number | undefined {
  const session = {
    exit: null,
    createdAt: NOW - age * MINUTE,
    idleInputMs: typed * MINUTE,
    idleOutputMs: output * MINUTE,
    idleViewerMs: viewer * MINUTE,
  };
  return hibernatesIfUntyped(session, { state: { state, since: NOW - waited * MINUTE } }, limits, NOW);
}

it('a session that has waited long enough, and into which nobody types, gives its memory back although somebody looks', () => {
  expect(decide({})).toBe(30 * MINUTE);
});

it('one into which somebody has typed, or that has just begun to wait, stays', () => {
  expect(decide({ typed: 29 })).toBeUndefined();
  expect(decide({}, { waited: 29 })).toBeUndefined();
});

it('only what waits goes: never what works, asks, failed or is over', () => {
  for (const state of CLAUDE_STATES) {
    const isDue = decide({}, { state }) !== undefined;
    expect({ state, isDue }).toEqual({ state, isDue: state === 'waiting' });
  }
});

it('one that started a moment ago stays: killed then, it would complain the next time', () => {
  expect(decide({ age: 0.1 })).toBeUndefined();
});

it('without a limit of its own it goes by the retention, when nobody has looked for that long', () => {
  const limits = { ...LIMITS, hibernateMs: 0 };
  const long = { typed: 95, output: 95 };
  expect(decide({ ...long, viewer: 95 }, { waited: 95 }, limits)).toBe(90 * MINUTE);
  expect(decide({ ...long, viewer: 0 }, { waited: 95 }, limits)).toBeUndefined();
});

it('a host that does not say when somebody typed, and a session without a record, are left alone', () => {
  const session = { exit: null, createdAt: 0, idleOutputMs: NOW, idleViewerMs: NOW };
  const waiting = { state: { state: 'waiting' as const, since: 0 } };
  expect(hibernatesIfUntyped(session, waiting, LIMITS, NOW)).toBeUndefined();
  expect(hibernatesIfUntyped({ ...session, idleInputMs: NOW }, undefined, LIMITS, NOW)).toBeUndefined();
});
