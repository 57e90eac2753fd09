import type { ClaudeState, ClaudeStateName } from '@holdfast/protocol';
import type { IconName } from '../icons';

/** How a state feels; the style sheets colour by it. */
export type Mood = 'busy' | 'calm' | 'asks' | 'held' | 'bad' | 'off';

interface StateWords {
  readonly icon: IconName;
  readonly words: string;
  readonly mood: Mood;
}

export const STATE_WORDS: Readonly<Record<ClaudeStateName, StateWords>> = {
  working: { icon: 'spark', words: 'Working', mood: 'busy' },
  waiting: { icon: 'check', words: 'Ready', mood: 'calm' },
  needs_permission: { icon: 'hand', words: 'Needs your permission', mood: 'asks' },
  needs_answer: { icon: 'question', words: 'Asks you something', mood: 'asks' },
  rate_limited: { icon: 'clock', words: 'Rate limited', mood: 'held' },
  api_down: { icon: 'offline', words: 'The API does not answer', mood: 'held' },
  error: { icon: 'warning', words: 'Stopped by an error', mood: 'bad' },
  hibernated: { icon: 'moon', words: 'Asleep', mood: 'off' },
  exited: { icon: 'stop', words: 'Ended', mood: 'off' },
};

const ERRORS: ReadonlyMap<string, string> = new Map([
  ['rate_limit', 'Stopped by a rate limit'],
  ['server_error', 'Stopped: the API failed'],
  ['billing_error', 'Stopped: the API account has a billing problem'],
  ['authentication_failed', 'Stopped: the server’s API key was refused'],
]);

/** "Needs your permission", "Stopped by a rate limit". */
export function wordsOf({ state, kind }: Pick<ClaudeState, 'state' | 'kind'>): string {
  return (state === 'error' && ERRORS.get(kind ?? '')) || STATE_WORDS[state].words;
}

/** What is beside the words: the tool that runs, or what the server has to say. */
export function detailOf({ tool, message }: ClaudeState): string {
  return message ?? tool ?? '';
}

/** "2:13", "for 5 min", "until 14:05 (0:42)"; empty where time says nothing. */
export function timeOf({ state, since, until }: ClaudeState, now: number): string {
  switch (state) {
    case 'working':
      return stopwatch(now - since);
    case 'rate_limited':
    case 'api_down':
      if (until === undefined) return `for ${roughly(now - since)}`;
      return until > now ? `until ${clock(until)} (${stopwatch(until - now)})` : 'any moment now';
    case 'waiting':
    case 'needs_permission':
    case 'needs_answer':
    case 'error':
    case 'hibernated':
      return `for ${roughly(now - since)}`;
    case 'exited':
      return '';
  }
}

/** The CLI puts a moving sign before its title; the state is shown apart. */
export function plainTitle(title: string): string {
  return title.replace(/^[✳◐◓◑◒✶✻✽✢⠀-⣿]\s+/u, '');
}

/** `m:ss` or `h:mm:ss`. */
export function stopwatch(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, '0'));
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours}:${parts.join(':')}` : parts.join(':').replace(/^0/, '');
}

/** "a moment", "5 min", "3 h", "2 days". */
export function roughly(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return 'a moment';
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}

/** The time of day as this user writes it. */
function clock(at: number): string {
  return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}
