import type { ClaudeState } from '@holdfast/protocol';
import { plainTitle, roughly, stopwatch, timeOf, wordsOf } from './state-words';

const NOW = 1_800_000_000_000;
const state = (fields: Partial<ClaudeState>): ClaudeState => ({ state: 'working', since: NOW, ...fields });

describe('the words of a Claude state', () => {
  it('counts up while Claude works', () => {
    expect(timeOf(state({ since: NOW - 133_000 }), NOW)).toBe('2:13');
    expect(stopwatch(3_723_000)).toBe('1:02:03');
    expect(stopwatch(-5)).toBe('0:00');
  });

  it('counts down until the API takes requests again', () => {
    const held = state({ state: 'rate_limited', until: NOW + 42_000 });
    expect(timeOf(held, NOW)).toMatch(/^until .+ \(0:42\)$/);
    expect(timeOf(held, NOW + 43_000)).toBe('any moment now');
    expect(timeOf(state({ state: 'api_down', since: NOW - 61_000 }), NOW)).toBe('for 1 min');
  });

  it('says roughly how long somebody is waited for', () => {
    expect(timeOf(state({ state: 'needs_permission' }), NOW)).toBe('for a moment');
    expect(roughly(3 * 3600_000)).toBe('3 h');
    expect(roughly(72 * 3600_000)).toBe('3 days');
  });

  it('names the errors that it knows and keeps to itself what it does not', () => {
    expect(wordsOf({ state: 'error', kind: 'authentication_failed' })).toContain('API key was refused');
    expect(wordsOf({ state: 'error', kind: 'constructor' })).toBe('Stopped by an error');
  });

  it('takes the moving sign off a title and leaves other titles alone', () => {
    expect(plainTitle('✳ Fix the tests')).toBe('Fix the tests');
    expect(plainTitle('⠂ Fix the tests')).toBe('Fix the tests');
    expect(plainTitle('* is a star')).toBe('* is a star');
    expect(plainTitle('make')).toBe('make');
  });
});
