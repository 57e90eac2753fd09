import fs from 'node:fs';
import { ClaudeDirectory } from '../../claude-api/claude-directory';
import { ClaudeTokens } from '../../claude-api/claude-tokens';
import type { Clock } from '../../kernel/clock';
import { RandomIds } from '../../kernel/ids';
import { TypedEvents } from '../../kernel/typed-events';
import type { PtyHostClient, PtyHostEvents } from '../../pty-client/pty-host-client';
import type { HostSession } from '../../pty-host/wire/host-messages';
import { ClaudeTokenEnds } from './claude-token-ends';

const HOUR = 3_600_000;
const NOW = Date.now();
const dataDir = fs.mkdtempSync('/tmp/hf-ends-');
const directory = new ClaudeDirectory(dataDir);
const tokens = new ClaudeTokens(directory.tokens, new RandomIds());
let sessions: Partial<HostSession>[] = [];
let ends: ClaudeTokenEnds;
const events = new TypedEvents<PtyHostEvents>();

beforeEach(() => {
  fs.rmSync(directory.root, { recursive: true, force: true });
  directory.make();
  sessions = [];
  const host = { events, request: () => Promise.resolve({ sessions }) } as unknown as PtyHostClient;
  ends = new ClaudeTokenEnds(tokens, host, { now: () => NOW + HOUR } as Clock);
  ends.onModuleInit();
});
afterEach(() => ends.onModuleDestroy());
afterAll(() => fs.rmSync(dataDir, { recursive: true }));

const issue = (sessionKey: string, purpose: 'session' | 'suggestion' = 'session'): string =>
  tokens.issue({ sessionKey, sessionId: sessionKey, projectId: 'p', userId: 'u', purpose });

function session(sessionId: string, endedAt: number | null, gateway = 'claude'): HostSession {
  const exit = endedAt === null ? null : { exitCode: 0, signal: null, reason: 'exited' };
  return { sessionId, endedAt, exit, labels: { ownerId: 'u', gateway, profile: 'default' } } as unknown as HostSession;
}

it('a token ends with the process it was issued for, and the next one is left alone', () => {
  const token = issue('a');
  events.emit('session-ended', { session: session('a', NOW - HOUR) });
  expect(tokens.find(token)).toBeDefined();
  events.emit('session-ended', { session: session('a', NOW + HOUR) });
  expect(tokens.find(token)).toBeUndefined();
});

it('what ends in the system terminal concerns no token', () => {
  const token = issue('a');
  events.emit('session-ended', { session: session('a', NOW + HOUR, 'terminal') });
  expect(tokens.find(token)).toBeDefined();
});

it('what nobody saw end is found when the host is met again', async () => {
  const [runs, ended, gone, other] = [issue('runs'), issue('ended'), issue('gone'), issue('user:u', 'suggestion')];
  sessions = [session('runs', null), session('ended', NOW + HOUR)];
  events.emit('connected', {} as PtyHostEvents['connected']);
  await new Promise(setImmediate);
  const known = [runs, ended, gone, other].map((token) => tokens.find(token) !== undefined);
  expect(known).toEqual([true, false, false, true]);
});
