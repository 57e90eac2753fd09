import { Api } from '../support/api';
import { eventually } from '../support/eventually';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

const LIMIT = 10;
const SOCKETS = 10;

describe('Two gateways on one host and one database', () => {
  let server: TestServer;
  let token: string;
  let sockets: WireClient[];

  beforeAll(async () => {
    const env = { SESSION_MAX_PER_PROJECT: String(LIMIT), GATEWAY_PROCESSES: '2', GATEWAY_SPARE: 'false' };
    server = await TestServer.start(env, { supervised: true });
    token = (await Api.login(server)).token;
    sockets = await Promise.all(Array.from({ length: SOCKETS }, () => WireClient.connect(server.terminalUrl, token)));
  });

  afterAll(async () => {
    for (const { socket } of sockets ?? []) socket.terminate();
    await server?.stop();
  });

  it('make one process for a hundred opens of one new id', async () => {
    const sessionId = `session_${Date.now()}_hundred0hundred0`;
    const opened = await Promise.all(
      sockets.flatMap((client) =>
        Array.from({ length: 10 }, (_, channel) => client.open({ channel, sessionId, projectId: 'hundred' })),
      ),
    );
    expect(opened.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(opened.map(({ epoch }) => epoch)).size).toBe(1);
  });

  it('take a legacy id that is new to both for one session', async () => {
    const opened = await Promise.all(
      sockets.map((client) => client.open({ channel: 50, sessionId: 'term_of-old', projectId: 'legacy' })),
    );
    expect(opened.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(opened.map(({ sessionId, epoch }) => `${sessionId} ${epoch}`)).size).toBe(1);
    expect(opened.map(({ migratedFrom }) => migratedFrom)).toEqual(opened.map(() => 'term_of-old'));
  });

  it('never let a project have more running sessions than it may, and say which limit it was', async () => {
    const first = sockets[0] as WireClient;
    for (let channel = 100; channel < 100 + LIMIT - 1; channel++) await first.open({ channel, projectId: 'limited' });
    // All for the one place that is left.
    const answers = await Promise.all(
      sockets.flatMap((client) =>
        Array.from({ length: 10 }, (_, i) => client.tryOpen({ channel: 200 + i, projectId: 'limited' })),
      ),
    );
    expect(answers.filter(({ event }) => event === 'opened')).toHaveLength(1);
    const refused = answers.filter(({ event }) => event === 'error');
    for (const { data } of refused) {
      expect(data).toMatchObject({
        code: 'session_limit',
        message: expect.stringContaining('Terminate one') as string,
        details: { limit: 'SESSION_MAX_PER_PROJECT', value: LIMIT, current: LIMIT },
      });
    }
  });

  it('count a session that is started again after its host was lost', async () => {
    const projectId = 'restarted';
    const client = sockets[0] as WireClient;
    const lost = await client.open({ channel: 300, projectId });
    server.loseHost();
    await client.event('exited', ({ channel }) => channel === 300);
    for (let channel = 301; channel <= 300 + LIMIT; channel++) await client.open({ channel, projectId });
    const { sessionId } = lost;
    const refused = await client.tryOpen({ channel: 320, projectId, sessionId });
    expect(refused).toMatchObject({ event: 'error', data: { code: 'session_limit' } });
    client.send('terminate', { channel: 301 });
    await client.event('exited', ({ channel }) => channel === 301);
    const again = await eventually(async () => {
      const answer = await client.tryOpen({ channel: 320, projectId, sessionId });
      if (answer.event !== 'opened') throw new Error('there is no room yet');
      return answer;
    });
    expect(again.data).toMatchObject({ created: true, sessionId });
  });
});
