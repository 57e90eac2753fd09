import fs from 'node:fs';
import { ClaudeDirectory } from '../../src/claude-api/claude-directory';
import { ClaudeTokens } from '../../src/claude-api/claude-tokens';
import { RandomIds } from '../../src/kernel/ids';
import { CLAUDE_REQUEST_RECORD, ledgerHandler } from '../../src/claude-usage/ledger/ledger-handler';
import { auditEvent, inDatabase } from '../support/audit';
import { ClaudeServer, SERVER_KEY } from '../support/claude/claude-server';
import { ClaudeTab } from '../support/claude/claude-tab';
import { eventually } from '../support/eventually';
import { TestCluster } from '../support/test-cluster';
import type { TestPerson } from '../support/people';

interface Report {
  readonly total: { readonly requests: number; readonly costUsd: number; readonly inputTokens: number };
  readonly items: readonly { readonly key: string; readonly name: string | null; readonly costUsd: number }[];
  readonly budget: { readonly limitUsd: number | null; readonly usedUsd: number; readonly resetsAt: string };
}

const MODEL = 'claude-test-1';
/** A million tokens cost a dollar. What an answer says it used is in `bill`. */
const PRICES = JSON.stringify({ [MODEL]: { input: 1, output: 1, cacheRead: 1, cacheWrite: 1 } });
const bill = (inputTokens: number): object => ({
  ...{ id: 'msg', type: 'message', role: 'assistant', model: MODEL, content: [{ type: 'text', text: 'ok' }] },
  usage: { input_tokens: inputTokens, output_tokens: 0 },
});

let cluster: TestCluster;
let claude: ClaudeServer;
let [alice, bob]: TestPerson[] = [];

beforeAll(async () => {
  cluster = await TestCluster.start({ synchronous_commit: 'on' });
  const budgets = { CLAUDE_BUDGET_USER_USD: '2.3', CLAUDE_PRICES: PRICES, CLAUDE_RESERVED_OUTPUT_TOKENS: '300000' };
  claude = await ClaudeServer.start({ env: { DATABASE_URL: cluster.url(), ...budgets } });
  claude.fake.script = ({ text }) => {
    const [, tokens] = /^costs (\d+)/.exec(text) ?? [];
    return tokens === undefined ? undefined : { status: 200, body: bill(Number(tokens)) };
  };
  alice = await claude.member('alice');
  bob = await claude.member('bob');
});
afterAll(async () => {
  await claude.stop();
  await cluster.stop();
});

/** As a program in a session of theirs does it. */
async function ask({ id, email }: TestPerson, prompt: string, body: object = {}): Promise<Response> {
  const directory = new ClaudeDirectory(claude.server.dataDir);
  const [projectId = ''] = email.split('@');
  const owner = { sessionId: `s-${projectId}`, projectId, userId: id, purpose: 'session' } as const;
  const tokens = new ClaudeTokens(directory.tokens, new RandomIds());
  const token = tokens.issue({ ...owner, sessionKey: `${owner.sessionId}:${projectId}` });
  const port = fs.readFileSync(directory.port, 'utf8').trim();
  return fetch(`http://127.0.0.1:${port}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, max_tokens: 1, messages: [{ role: 'user', content: prompt }], ...body }),
  });
}

async function setting(changes: Record<string, unknown>): Promise<void> {
  const { status } = await claude.admin.request('PATCH', '/api/admin/settings', changes);
  expect(status).toBe(200);
}

async function usageOf({ api }: TestPerson, query = ''): Promise<Report> {
  return (await api.request<Report>('GET', `/api/claude/usage${query}`)).body;
}

it('refuses the user whose budget is used up, says until when, and lets another work', async () => {
  await setting({ claudeUserDailyUsd: 2 });
  expect((await ask(alice!, 'costs 1900000')).status).toBe(200);
  const refused = await ask(alice!, 'costs 1', { max_tokens: 200_000 });
  expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([402, 'false']);
  expect(await refused.text()).toMatch(/\$2\.00 a day, \$1\.90 used.*It starts anew at \d{4}-\d\d-\d\d 00:00 UTC/);
  expect((await ask(bob!, 'costs 500000')).status).toBe(200);
  expect(claude.fake.requests.map(({ text }) => text)).toEqual(['costs 1900000', 'costs 500000']);

  await eventually(async () => {
    const report = await usageOf(alice!, '?by=project');
    expect(report.total).toMatchObject({ requests: 1, inputTokens: 1_900_000, costUsd: 1.9 });
    expect(report.items).toMatchObject([{ key: 'alice', name: 'alice', costUsd: 1.9 }]);
    expect(report.budget).toMatchObject({ limitUsd: 2, usedUsd: 1.9 });
  });
  await eventually(async () => {
    const { body } = await claude.admin.request<Report>('GET', '/api/admin/claude/usage');
    expect(body.items.map(({ name, costUsd }) => [name, costUsd])).toEqual([
      ['alice@test.local', 1.9],
      ['bob@test.local', 0.5],
    ]);
  });
  const csv = await claude.admin.fetch('GET', '/api/admin/claude/usage?by=user&format=csv');
  expect(csv.headers.get('content-type')).toContain('text/csv');
  expect((await csv.text()).split('\r\n')[1]).toBe(`${alice!.id},alice@test.local,,1,1900000,0,0,0,1.9`);
});

it('holds one user and one project to budgets of their own, from the next request on', async () => {
  const dave = await claude.member('dave');
  const budgets = '/api/admin/claude/budgets';
  const [ofUser, ofProject] = [`${budgets}/users/${dave.id}`, `${budgets}/projects/dave`];
  const change = async (method: string, path: string, body?: object): Promise<void> =>
    expect((await claude.admin.request(method, path, body)).status).toBe(204);

  await change('PUT', ofUser, { dailyUsd: 0.1 });
  const refused = await ask(dave, 'costs 1', { max_tokens: 200_000 });
  expect(refused.status).toBe(402);
  expect(await refused.text()).toContain(`your Claude budget has less left today ($0.10 a day, $0.00 used)`);
  expect((await usageOf(dave)).budget.limitUsd).toBe(0.1);
  expect((await ask(bob!, 'costs 1')).status).toBe(200);

  await change('PUT', ofUser, { dailyUsd: 'unlimited' });
  await change('PUT', ofProject, { dailyUsd: 0 });
  expect(await (await ask(dave, 'costs 1')).text()).toContain(`The Claude budget of this project for today is used up`);
  const { body } = await claude.admin.request('GET', budgets);
  expect(body).toMatchObject({
    items: [
      { kind: 'user', id: dave.id, name: 'dave@test.local', dailyUsd: 'unlimited' },
      { kind: 'project', id: 'dave', name: 'dave', dailyUsd: 0 },
    ],
  });

  await change('DELETE', ofProject);
  await change('DELETE', ofUser);
  expect((await usageOf(dave)).budget.limitUsd).toBe(2);
  expect((await ask(dave, 'costs 1')).status).toBe(200);
  expect((await claude.admin.request('DELETE', ofUser)).status).toBe(404);
  const nobody = `${budgets}/users/00000000-0000-4000-8000-000000000000`;
  expect((await claude.admin.request('PUT', nobody, { dailyUsd: 1 })).status).toBe(404);
});

it('puts each request on record, and each refusal, without what was said and without a key', async () => {
  const made = await auditEvent(claude.admin, { code: 'claude.request' }, ({ actor }) => actor.userId === alice!.id);
  expect(made).toMatchObject({
    outcome: 'ok',
    target: { kind: 'session', id: 's-alice' },
    data: {
      projectId: 'alice',
      model: MODEL,
      status: 200,
      attempts: 1,
      complete: true,
      costUsd: 1.9,
      used: { input: 1_900_000 },
    },
  });
  const refused = await auditEvent(claude.admin, { code: 'claude.refused' }, ({ actor }) => actor.userId === alice!.id);
  expect(refused).toMatchObject({ outcome: 'refused', reason: 'budget', actor: { userId: alice!.id } });
  for (const secret of ['costs', SERVER_KEY, 'hfc_']) expect(JSON.stringify([made, refused])).not.toContain(secret);
});

it('remembers what was spent, and charges what was held for an answer that was cut off, when leader and database are gone', async () => {
  // As the environment says: a process that starts without the database knows nothing else.
  await setting({ claudeUserDailyUsd: null });
  await cluster.goAway();
  const cut = ask(alice!, '[[hold:never]]', { max_tokens: 200_000, stream: true }).then((answer) => answer.text());
  await claude.fake.turn('[[hold:never]]');
  await claude.server.kill();
  await expect(cut).rejects.toThrow();
  await claude.server.run();
  // 1.90 were used and 0.20 were held: 0.20 are left, and 0.30 would be held.
  const refused = await eventually(async () => {
    const answer = await ask(alice!, 'costs 1', { max_tokens: 300_000 });
    expect(answer.status).toBe(402);
    return answer.text();
  });
  expect(refused).toContain('$2.10 used');
  await cluster.comeBack();
  await eventually(async () => expect((await usageOf(alice!)).total).toMatchObject({ requests: 2 }), 60_000);
}, 120_000);

it('allows the models that administrators list, and says which', async () => {
  await setting({ claudeModels: 'claude-other-*' });
  const refused = await ask(bob!, 'costs 1');
  expect(refused.status).toBe(402);
  expect(await refused.text()).toContain(`The model ${MODEL} is not allowed on this server; these are: claude-other-*`);
  expect((await bob!.api.request('GET', '/api/claude')).body).toMatchObject({
    keyPresent: true,
    models: ['claude-other-*'],
    breaker: 'closed',
    waiting: 0,
  });
  await setting({ claudeModels: null });
  expect((await ask(bob!, 'costs 1')).status).toBe(200);
});

it('shows operators how Claude is, and never degrades the server for it', async () => {
  const { body } = await claude.admin.request('GET', '/health');
  expect(body).toMatchObject({ status: 'ok', checks: { claude: { status: 'up', keyPresent: true, waiting: 0 } } });
  const metrics = await (await claude.admin.fetch('GET', '/metrics')).text();
  expect(metrics).toContain(`holdfast_claude_tokens_total{model="${MODEL}",kind="input"}`);
  expect(metrics).toMatch(/holdfast_claude_requests_total\{outcome="ok"\} [1-9]/);
  expect(metrics).not.toContain(SERVER_KEY);
});

it('shows whoever has a session open what it cost, and that the budget is used up', async () => {
  await setting({ claudeUserDailyUsd: 50 });
  const carol = await claude.member('carol');
  const tab = await ClaudeTab.open(claude, carol.api, { projectId: 'carol' });
  try {
    await tab.screen.prompt('hello [[say:Good morning]] [[usage:100000:10]]');
    await tab.screen.shows('● Good morning');
    await eventually(() => expect(tab.terminal.claude.usage).toMatchObject({ contextTokens: 100_010, budgetUsd: 50 }));
    expect(tab.terminal.claude.usage?.todayUsd).toBeGreaterThan(0);
    await tab.screen.whenIdle();
    await setting({ claudeUserDailyUsd: 0.01 });
    await tab.screen.prompt('and now?');
    await eventually(() =>
      expect(tab.terminal.claude.notice).toMatchObject({
        kind: 'budget',
        text: expect.stringContaining('is used up') as string,
      }),
    );
    await tab.screen.shows('API Error: 402');
  } finally {
    await tab.close();
    await setting({ claudeUserDailyUsd: null });
  }
});

it('writes a request into the ledger once, however often it is brought, and none that is too old to be kept', async () => {
  const payload = {
    ...{ day: '2030-01-01', at: 0, node: 'n', userId: alice!.id, projectId: 'p', sessionId: 's', purpose: 'session' },
    ...{ model: MODEL, inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheWriteTokens: 4, costNano: 5 },
    complete: true,
  };
  const record = (day: string): { id: string; kind: string; at: number; payload: unknown } => ({
    ...{ id: new RandomIds().uuid(), kind: CLAUDE_REQUEST_RECORD, at: 0, payload: { ...payload, day } },
  });
  const records = [record('2030-01-01'), record('2020-01-01')];
  await inDatabase(claude.server, async (client) => {
    const apply = ledgerHandler(400);
    await apply(client, records);
    await apply(client, [...records].reverse());
    const { rows } = await client.query('SELECT day::text FROM claude_requests WHERE id = ANY($1)', [
      records.map(({ id }) => id),
    ]);
    expect(rows).toEqual([{ day: '2030-01-01' }]);
  });
});
