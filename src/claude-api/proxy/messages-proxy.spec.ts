import { once } from 'node:events';
import { eventually } from '../../../test/support/eventually';
import { DomainError } from '../../kernel/domain-error';
import { collect, GatewayRig, QUESTION, REAL_KEY } from '../test-support/gateway-rig';
import { delta, END, failure, says, ScriptedUpstream, START, streams } from '../test-support/scripted-upstream';

let upstream: ScriptedUpstream;
let rig: GatewayRig;

beforeAll(async () => {
  upstream = await ScriptedUpstream.start();
});
afterAll(() => upstream.stop());

type Options = Omit<Parameters<typeof GatewayRig.start>[0], 'upstreamUrl'>;

async function start(options: Options = {}): Promise<GatewayRig> {
  upstream.seen.length = 0;
  rig = await GatewayRig.start({ upstreamUrl: upstream.url, ...options });
  return rig;
}
afterEach(() => rig.stop());

describe('what passes', () => {
  it('adds the real key, and lets nothing of the session token or of where it came from go upstream', async () => {
    await start();
    const token = rig.tokenOf('ann');
    upstream.play(says('hi'));
    const headers = {
      'anthropic-beta': 'a-1,b-2',
      'anthropic-version': '2023-06-01',
      'x-forwarded-for': '10.0.0.9',
      cookie: `s=${token}`,
      connection: 'close, x-odd',
      'x-odd': 'hop',
    };
    await rig.ask(token, QUESTION, headers);
    const [seen] = upstream.seen;
    expect(seen?.url).toBe('/v1/messages?beta=true');
    expect(seen?.headers).toMatchObject({
      'x-api-key': REAL_KEY,
      'anthropic-beta': 'a-1,b-2',
      'anthropic-version': '2023-06-01',
    });
    expect(JSON.stringify(seen?.headers)).not.toMatch(/hfc_|authorization|cookie|x-forwarded|x-odd/);
  });

  it('takes the token as a key, too, as an SDK shows it', async () => {
    await start();
    upstream.play(says('hi'));
    const token = rig.tokenOf('ann');
    expect((await rig.ask('none', QUESTION, { authorization: '', 'x-api-key': token })).status).toBe(200);
    expect(upstream.seen[0]?.headers['x-api-key']).toBe(REAL_KEY);
  });

  it('hands body and answer on byte for byte', async () => {
    await start();
    const body = `{ "model":"claude-test-1",\n\t"max_tokens": 5, "odd": "\\u00e9 é \\ud83d\\ude00" }`;
    upstream.play((response) => {
      streams(response, { 'x-thing': 'kept', 'set-cookie': 'a=b', 'anthropic-organization-id': 'org' });
      response.end(`${delta('é😀')}${END}`);
    });
    const answer = await rig.ask(rig.tokenOf('ann'), body);
    expect(upstream.seen[0]?.body.toString()).toBe(body);
    expect(answer.body.toString()).toBe(START + delta('é😀') + END);
    expect(answer.headers).toMatchObject({ 'x-thing': 'kept', 'content-type': 'text/event-stream' });
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(answer.headers).not.toHaveProperty('anthropic-organization-id');
  });

  it('hands each piece on when it comes, not at the end', async () => {
    await start();
    upstream.play((response) => streams(response));
    const abort = new AbortController();
    const answer = await rig.begin(rig.tokenOf('ann'), { signal: abort.signal });
    const [first] = (await once(answer, 'data')) as [Buffer];
    expect(first.toString()).toBe(START);
    answer.on('error', () => undefined);
    abort.abort();
  });

  it('reads no faster from the API than the session reads, and loses nothing', async () => {
    await start();
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    let sent = 0;
    let stalled = false;
    upstream.play((response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      const push = (): void => {
        while (sent < 64) {
          sent++;
          if (!response.write(megabyte)) {
            stalled = true;
            return void response.once('drain', push);
          }
        }
        response.end();
      };
      push();
    });
    const answer = await rig.begin(rig.tokenOf('ann'));
    await eventually(() => expect(stalled).toBe(true));
    // What fits into sockets between the three of them is far less than all.
    expect(sent).toBeLessThan(48);
    expect((await collect(answer)).body.length).toBe(64 * megabyte.length);
  });

  it('passes refusals of the request on as they are', async () => {
    await start();
    upstream.play(failure(400));
    const answer = await rig.ask(rig.tokenOf('ann'));
    expect([answer.status, answer.body.toString()]).toEqual([400, expect.stringContaining('scripted 400')]);
    expect(upstream.seen).toHaveLength(1);
    expect(rig.released).toBe(1);
  });

  it('serves the list of models and the counting of tokens, and nothing else', async () => {
    await start();
    const token = rig.tokenOf('ann');
    upstream.play((response) => response.end('{"data":[]}'));
    expect((await rig.get(token, '/v1/models')).body.toString()).toBe('{"data":[]}');
    expect((await rig.get(token, '/v1/models/claude-test-1')).status).toBe(200);
    expect((await collect(await rig.begin(token, { path: '/v1/messages/count_tokens' }))).status).toBe(200);
    expect(upstream.seen).toHaveLength(3);
    const refused = ['/v1/files', '/v1/models/../organizations', '/v1/messages/batches', '/v1/complete', '/v1'];
    for (const path of refused) expect((await rig.get(token, path)).status).toBe(404);
    expect((await collect(await rig.begin(token, { path: '/v1/models', method: 'DELETE' }))).status).toBe(404);
    expect(upstream.seen).toHaveLength(3);
    expect(rig.reserved).toEqual([]);
  });
});

describe('limits of the key', () => {
  it('absorbs 429s with a short retry-after', async () => {
    await start();
    upstream.play(failure(429, { 'retry-after': '0.05' }), failure(429, { 'retry-after': '0.05' }), says('after'));
    const answer = await rig.ask(rig.tokenOf('ann'));
    expect(answer.status).toBe(200);
    expect(rig.settled[0]).toMatchObject({ status: 200, attempts: 3 });
    expect(rig.told).toContain('limited ann');
  });

  it('holds the second user back when the first one meets the limit, and then lets both go on', async () => {
    await start();
    upstream.play(failure(429, { 'retry-after': '0.3' }), says('on'));
    const startedAt = performance.now();
    const first = rig.ask(rig.tokenOf('ann'));
    await eventually(() => expect(rig.told).toContain('limited ann'));
    const second = rig.ask(rig.tokenOf('bob'));
    await eventually(() => expect(rig.told).toContain('limited bob'));
    expect(upstream.seen).toHaveLength(1);
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(300);
    expect(upstream.seen).toHaveLength(3);
  });

  it('answers a long retry-after with 429 and at most 60 seconds, and tells until when it really is', async () => {
    await start();
    upstream.play(failure(429, { 'retry-after': '120' }));
    let untilMs = 0;
    rig.events.on('rateLimited', (told) => (untilMs = told.untilMs));
    const answer = await rig.ask(rig.tokenOf('ann'));
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '60']);
    expect(untilMs - Date.now()).toBeGreaterThan(100_000);
    expect(rig.settled[0]).toMatchObject({ status: 429, refused: 'limit', attempts: 1 });
    // The next one does not even ask.
    expect((await rig.ask(rig.tokenOf('bob'))).status).toBe(429);
    expect(upstream.seen).toHaveLength(1);
    // Two clocks are put together, each rounded for itself.
    expect(Math.abs((rig.traffic.limitedUntil ?? 0) - untilMs)).toBeLessThan(1_000);
  });

  it('does not hold back other models', async () => {
    await start();
    upstream.play(failure(429, { 'retry-after': '120' }), says('small'));
    await rig.ask(rig.tokenOf('ann'));
    expect((await rig.ask(rig.tokenOf('ann'), { ...QUESTION, model: 'claude-small-1' })).status).toBe(200);
  });

  it('waits before the next request when an answer said that nothing is left', async () => {
    await start();
    const reset = new Date(Date.now() + 120_000).toISOString();
    upstream.play(
      says('last one', {
        'anthropic-ratelimit-requests-remaining': '0',
        'anthropic-ratelimit-requests-reset': reset,
      }),
    );
    expect((await rig.ask(rig.tokenOf('ann'))).status).toBe(200);
    expect((await rig.ask(rig.tokenOf('bob'))).status).toBe(429);
    expect(upstream.seen).toHaveLength(1);
  });
});

describe('the key', () => {
  it.each([401, 403])('turns %i of the API into one clear 402', async (status) => {
    await start();
    upstream.play(failure(status));
    const answer = await rig.ask(rig.tokenOf('ann'));
    expect([answer.status, answer.headers['x-should-retry']]).toEqual([402, 'false']);
    expect(answer.body.toString()).toContain('administrator');
    expect(answer.body.toString()).not.toContain(REAL_KEY);
    expect(upstream.seen).toHaveLength(1);
    expect(rig.settled[0]).toMatchObject({ status: 402, refused: 'key' });
  });

  it('says so when there is none', async () => {
    await start({ key: null });
    const answer = await rig.ask(rig.tokenOf('ann'));
    expect([answer.status, answer.headers['x-should-retry']]).toEqual([402, 'false']);
    expect(answer.body.toString()).toContain('ANTHROPIC_API_KEY');
    expect(upstream.seen).toEqual([]);
  });

  it('does not lead a session past this server when the API redirects', async () => {
    await start();
    upstream.play(failure(307, { location: 'http://elsewhere.example/' }));
    const answer = await rig.ask(rig.tokenOf('ann'));
    expect([answer.status, answer.headers.location]).toEqual([402, undefined]);
  });
});

describe('an API that fails', () => {
  it('absorbs 5xx and cut connections before the first byte', async () => {
    await start();
    upstream.play((response) => response.destroy(), failure(529), failure(500), says('back'));
    const answer = await rig.ask(rig.tokenOf('ann'));
    expect(answer.status).toBe(200);
    expect(rig.settled[0]).toMatchObject({ attempts: 4, complete: true });
  });

  it('never tries again once the first byte was there: the session sees that it was cut', async () => {
    await start();
    upstream.play((response) => {
      streams(response);
      response.write(delta('half'), () => response.destroy());
    });
    const answer = await rig.begin(rig.tokenOf('ann'));
    await expect(collect(answer)).rejects.toThrow();
    await eventually(() => expect(rig.settled).toHaveLength(1));
    expect(upstream.seen).toHaveLength(1);
    expect(rig.settled[0]).toMatchObject({ status: 200, complete: false, inputTokens: 12 });
    expect(rig.charged).toHaveLength(1);
  });

  it('opens the circuit in a storm of 529, refuses the next at once, and a single probe brings it back', async () => {
    await start({ failuresToOpen: 3, openMs: 300 });
    upstream.play(failure(529));
    const first = await rig.ask(rig.tokenOf('ann'));
    expect(first.status).toBe(500);
    expect(upstream.seen).toHaveLength(3);
    const second = await rig.ask(rig.tokenOf('bob'));
    expect([second.status, second.headers['retry-after']]).toEqual([500, '1']);
    expect(upstream.seen).toHaveLength(3);
    expect(rig.told).toContain('down bob');
    expect(rig.settled[1]).toMatchObject({ status: 500, refused: 'breaker', attempts: 0 });

    upstream.play(says('back'));
    await eventually(() => expect(rig.breaker.retryAfterMs).toBe(0));
    expect((await rig.ask(rig.tokenOf('bob'))).status).toBe(200);
    expect(rig.breaker.snapshot().state).toBe('closed');
  });

  it('does not open for all what one user alone runs into', async () => {
    await start({ failuresToOpen: 3 });
    upstream.play(says('hi'), failure(500));
    await rig.ask(rig.tokenOf('bob'));
    expect((await rig.ask(rig.tokenOf('eve'))).status).toBe(500);
    expect(rig.breaker.snapshot().state).toBe('closed');
    expect((await rig.ask(rig.tokenOf('bob'))).status).toBe(500);
    expect(rig.breaker.snapshot().state).toBe('open');
  });

  it('takes a probe that meets a 429 for an API that is back', async () => {
    await start({ failuresToOpen: 1, openMs: 100 });
    upstream.play(failure(529), failure(429, { 'retry-after': '0.01' }), says('back'));
    await rig.ask(rig.tokenOf('ann'));
    await eventually(() => expect(rig.breaker.retryAfterMs).toBe(0));
    expect((await rig.ask(rig.tokenOf('ann'))).status).toBe(200);
    expect(rig.breaker.snapshot().state).toBe('closed');
  });

  it('lets the next request be the probe when the session of the first one left', async () => {
    await start({ failuresToOpen: 1, openMs: 100 });
    upstream.play(failure(529), () => undefined, says('back'));
    await rig.ask(rig.tokenOf('ann'));
    await eventually(() => expect(rig.breaker.retryAfterMs).toBe(0));
    const abort = new AbortController();
    const probe = rig.begin(rig.tokenOf('ann'), { signal: abort.signal });
    await eventually(() => expect(upstream.seen).toHaveLength(2));
    abort.abort();
    await expect(probe).rejects.toThrow();
    await eventually(() => expect(rig.traffic.active).toBe(0));
    expect((await rig.ask(rig.tokenOf('bob'))).status).toBe(200);
  });

  it('says 500 when it cannot be reached, and 60 seconds at most', async () => {
    await start();
    const nowhere = await GatewayRig.start({ upstreamUrl: 'http://127.0.0.1:1' });
    const answer = await nowhere.ask(nowhere.tokenOf('ann'));
    nowhere.stop();
    expect([answer.status, Number(answer.headers['retry-after'])]).toEqual([500, expect.any(Number)]);
    expect(answer.body.toString()).toContain('fails at the moment');
  });
});

describe('a session that leaves', () => {
  it('ends its request at the API at once, in mid-stream, and gives its place to the next', async () => {
    await start({ places: 1 });
    upstream.play((response) => streams(response), says('next'));
    const abort = new AbortController();
    const answer = await rig.begin(rig.tokenOf('ann'), { signal: abort.signal });
    answer.on('error', () => undefined).resume();
    const waiting = rig.ask(rig.tokenOf('bob'));
    await eventually(() => expect(rig.traffic.waiting).toBe(1));
    abort.abort();
    await upstream.seen[0]?.aborted;
    expect((await waiting).status).toBe(200);
    // What it used until then counts.
    expect(rig.charged[0]).toMatchObject({ inputTokens: 12, complete: false });
  });

  it('leaves the queue, too', async () => {
    await start({ places: 1 });
    upstream.play((response) => streams(response));
    const abort = new AbortController();
    const [held] = await Promise.all([rig.begin(rig.tokenOf('ann'), { signal: abort.signal })]);
    held.on('error', () => undefined).resume();
    const waiting = rig.begin(rig.tokenOf('bob'), { signal: abort.signal });
    await eventually(() => expect(rig.traffic.waiting).toBe(1));
    abort.abort();
    await expect(waiting).rejects.toThrow();
    await eventually(() => expect([rig.traffic.waiting, rig.traffic.active]).toEqual([0, 0]));
    expect(upstream.seen).toHaveLength(1);
    await eventually(() => expect(rig.settled.map(({ status }) => status).sort()).toEqual([200, 499]));
  });
});

describe('budgets', () => {
  it('reserves before a request and settles what it used', async () => {
    await start();
    upstream.play(says('hi'));
    await rig.ask(rig.tokenOf('ann'), QUESTION, { 'x-claude-code-session-id': 'claimed' });
    expect(rig.reserved).toEqual([
      { model: 'claude-test-1', estimatedInputTokens: 26, maxTokens: 100, conversation: true },
    ]);
    expect(rig.charged).toMatchObject([{ inputTokens: 12, outputTokens: 7, cacheReadTokens: 100, complete: true }]);
    expect(rig.settled).toMatchObject([
      { status: 200, model: 'claude-test-1', attempts: 1, inputTokens: 12, outputTokens: 7, cacheReadTokens: 100 },
    ]);
    expect(rig.settled[0]).toMatchObject({ upstreamId: 'req_scripted', claimedSession: 'claimed', complete: true });
    expect(rig.released).toBe(0);
  });

  it('refuses with 402 and the sentence of the budget, and does not ask the API', async () => {
    const message = 'Your budget of 5 USD for today is used up.';
    const reserve = (): never => {
      throw new DomainError('budget_exceeded', message);
    };
    await start({ budgets: { reserve } });
    const answer = await rig.ask(rig.tokenOf('ann'));
    expect([answer.status, answer.headers['x-should-retry']]).toEqual([402, 'false']);
    expect(answer.body.toString()).toContain(message);
    expect(rig.settled[0]).toMatchObject({ status: 402, refused: 'budget', attempts: 0 });
    expect(upstream.seen).toEqual([]);
  });

  it('refuses a model that is not allowed, also for counting tokens', async () => {
    const assertModel = (_: unknown, model: unknown): void => {
      if (model !== 'claude-test-1') throw new DomainError('model_not_allowed', 'Not this model.');
    };
    await start({ budgets: { assertModel } });
    const body = { ...QUESTION, model: 'claude-dear-9' };
    const token = rig.tokenOf('ann');
    expect((await rig.ask(token, body)).status).toBe(402);
    expect((await collect(await rig.begin(token, { path: '/v1/messages/count_tokens', body }))).status).toBe(402);
    expect(rig.settled[0]).toMatchObject({ refused: 'policy' });
  });
});

describe('what is not a request', () => {
  it.each([
    ['no JSON', 'hello'],
    ['a list', '[]'],
    ['no model', '{"max_tokens":5}'],
    ['a model that is no word', '{"model":{"a":1}}'],
    ['an endless name', JSON.stringify({ model: 'x'.repeat(500) })],
  ])('refuses %s', async (_, body) => {
    await start();
    expect((await rig.ask(rig.tokenOf('ann'), body)).status).toBe(400);
    expect(upstream.seen).toEqual([]);
  });

  it('refuses a body that is too long, whether it says so before or not', async () => {
    await start();
    const token = rig.tokenOf('ann');
    const long = 'x'.repeat(34 * 1024 * 1024);
    expect((await rig.ask(token, long, { 'content-length': long.length })).status).toBe(413);
    expect((await rig.ask(token, long, { 'transfer-encoding': 'chunked' })).status).toBe(413);
  });

  it('refuses headers without end', async () => {
    await start();
    const answer = await rig.ask(rig.tokenOf('ann'), QUESTION, { 'x-long': 'x'.repeat(40_000) });
    expect(answer.status).toBe(431);
  });
});
