import fs from 'node:fs';
import http from 'node:http';
import { buffer } from 'node:stream/consumers';
import { ClaudeDirectory } from '../../src/claude-api/claude-directory';
import { ClaudeTokens } from '../../src/claude-api/claude-tokens';
import { RandomIds } from '../../src/kernel/ids';
import { Api } from '../support/api';
import { FakeMessagesApi } from '../support/claude/fake-messages-api';
import { eventually } from '../support/eventually';
import { isAlive } from '../support/pty-host';
import { TestServer } from '../support/server';

const SERVER_KEY = 'sk-ant-api03-HOLDFAST-TEST-KEY-0123456789abcdefghijklmnop';

let fake: FakeMessagesApi;
let server: TestServer;
let token: string;

// One server for all: its boot is what costs.
beforeAll(async () => {
  fake = await FakeMessagesApi.start();
  const env = {
    ANTHROPIC_BASE_URL: fake.url,
    ANTHROPIC_API_KEY: SERVER_KEY,
    // The replies that are held here come to their end within it.
    DRAIN_TIMEOUT_MS: '30000',
  };
  server = await TestServer.start(env, { supervised: true });
  await server.gateways.settled();
  const tokens = new ClaudeTokens(new ClaudeDirectory(server.dataDir).tokens, new RandomIds());
  const admin = await Api.login(server);
  const { id: userId } = (await admin.request<{ id: string }>('GET', '/api/auth/me')).body;
  token = tokens.issue({ sessionKey: 'k', sessionId: 'session_1', projectId: 'default', userId, purpose: 'session' });
}, 120_000);
afterAll(async () => {
  await server?.stop();
  await fake?.stop();
});

/** As a session does, whose address stays what it was told at its launch. */
async function ask(prompt: string): Promise<http.IncomingMessage> {
  const port = await eventually(() => fs.readFileSync(new ClaudeDirectory(server.dataDir).port, 'utf8').trim());
  return new Promise((resolve, reject) => {
    const request = http.request({
      ...{ hostname: '127.0.0.1', port, path: '/v1/messages?beta=true', method: 'POST', agent: false },
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
    request.once('response', resolve);
    request.once('error', reject);
    const messages = [{ role: 'user', content: prompt }];
    request.end(JSON.stringify({ model: 'claude-sonnet-4-5', max_tokens: 64, stream: true, messages }));
  });
}

async function replyTo(prompt: string): Promise<string> {
  const answer = await ask(prompt);
  const body = (await buffer(answer)).toString();
  if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}: ${body}`);
  return body;
}

it('answers what a session asks, with the key of the server', async () => {
  expect(await eventually(() => replyTo('[[say:hello]]'))).toContain('hello');
  expect(fake.requests[0]?.headers['x-api-key']).toBe(SERVER_KEY);
  expect(JSON.stringify(fake.requests[0]?.headers)).not.toContain(token);
});

it('goes on at the same address when the process that led is killed', async () => {
  const killed = server.gateways.kill();
  expect(await eventually(() => replyTo('[[say:still there]]'))).toContain('still');
  expect(isAlive(killed)).toBe(false);
  await server.gateways.settled();
});

it('lets a reply come to its end while its process is replaced, and answers the next in the new one', async () => {
  const [old] = server.gateways.pids('serving');
  const held = await ask('[[hold:roll]]');
  const whole = buffer(held);
  const rolled = server.gateways.roll();
  await eventually(() => expect(server.gateways.pids('serving')).not.toContain(old), 60_000);
  expect(await eventually(() => replyTo('[[say:the next one]]'))).toContain('next');
  expect(isAlive(old as number)).toBe(true);
  fake.release('roll');
  expect((await whole).toString()).toContain('message_stop');
  await rolled;
}, 240_000);
