import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClaudeListener } from '../../claude-api/claude-listener';
import type { ClaudeToken } from '../../claude-api/claude-tokens';
import { FakeClock } from '../../../test/support/fake-clock';
import type { ClaudeSignal } from './claude-signal';
import type { ClaudeStatus } from './claude-status';
import { HookReceiver } from './hook-receiver';
import type { PermissionDesk, PermissionReply } from './permission-desk';

const TOKEN: ClaudeToken = { sessionKey: 's:p', sessionId: 's', projectId: 'p', userId: 'u', purpose: 'session' };

let server: http.Server;
let token: ClaudeToken;
let heard: [string, ClaudeSignal][];
let asked: PermissionReply[];

beforeEach(async () => {
  heard = [];
  asked = [];
  token = TOKEN;
  const status = { apply: async (key: string, signal: ClaudeSignal) => void heard.push([key, signal]) };
  const desk = { ask: async (_key: string, _hook: unknown, reply: PermissionReply) => void asked.push(reply) };
  const receiver = new HookReceiver(
    { add: () => undefined } as unknown as ClaudeListener,
    status as unknown as ClaudeStatus,
    desk as unknown as PermissionDesk,
    new FakeClock(),
  );
  server = http.createServer((request, response) => void receiver.handle(request, response, token));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
const post = (body: unknown, signal?: AbortSignal): Promise<Response> =>
  fetch(url(), { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), signal });

describe('the receiver of hooks', () => {
  it('hears what the CLI says of the session whose token it shows', async () => {
    const answer = await post({ hook_event_name: 'PreToolUse', tool_name: 'Ba\x1bsh', tool_input: {} });
    expect([answer.status, await answer.json()]).toEqual([200, {}]);
    expect(heard).toMatchObject([
      ['s:p', { kind: 'hook', hook: { hook_event_name: 'PreToolUse', tool_name: 'Bash' } }],
    ]);
  });

  it.each([
    ['hooks it does not know', { hook_event_name: 'SomethingNew', x: 1 }],
    ['hooks without what belongs to them', { hook_event_name: 'PreToolUse' }],
    ['what is not JSON', '{'],
    ['what is no object', '[[[[]]]]'],
    ['nothing', ''],
    [
      'what is deeper than the stack',
      `{"hook_event_name":"PreToolUse","tool_name":"x","tool_input":{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`,
    ],
  ])('passes over %s', async (_name, body) => {
    const answer = await post(body);
    expect([answer.status, await answer.json()]).toEqual([200, {}]);
    expect(heard).toEqual([]);
  });

  it.each([
    ['session_id', { session_id: 7 }],
    ['agent_id', { agent_id: {} }],
    ['reason', { reason: [] }],
  ])('bears a wrong %s', async (_name, more) => {
    await post({ hook_event_name: 'SessionEnd', ...more });
    expect(heard).toHaveLength(1);
  });

  it('refuses what is too large, and what comes too fast', async () => {
    expect((await post('x'.repeat(1024 * 1024 + 1)).catch(() => ({ status: 413 }))).status).toBe(413);
    const statuses = await Promise.all(
      Array.from({ length: 8 }, () => post(' '.repeat(1024 * 1024)).then((one) => one.status)),
    );
    expect(statuses).toContain(429);
  });

  it('refuses tokens that are not of a session, and other methods', async () => {
    expect((await fetch(url())).status).toBe(405);
    token = { ...TOKEN, purpose: 'suggestion' };
    expect((await post({ hook_event_name: 'Stop' })).status).toBe(403);
    expect(heard).toEqual([]);
  });

  it('keeps the connection of a question until it is answered', async () => {
    const answer = post({ hook_event_name: 'PermissionRequest', tool_name: 'Bash', tool_input: { command: 'ls' } });
    const reply = await until(() => asked[0]);
    reply.send({ decided: true });
    expect(await (await answer).json()).toEqual({ decided: true });
  });

  it('notices that the CLI does not wait for an answer any more', async () => {
    const leave = new AbortController();
    const answer = post({ hook_event_name: 'PermissionRequest', tool_name: 'x', tool_input: {} }, leave.signal);
    const reply = await until(() => asked[0]);
    const gone = new Promise<void>((resolve) => reply.onGone(resolve));
    leave.abort();
    await expect(answer).rejects.toThrow();
    await gone;
  });
});

async function until<T>(value: () => T | undefined): Promise<T> {
  for (;;) {
    const found = value();
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
