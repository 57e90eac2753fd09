import { describeWithClaude } from '../support/claude/claude-programs';
import { ClaudeServer } from '../support/claude/claude-server';
import { ClaudeTab } from '../support/claude/claude-tab';
import { eventually } from '../support/eventually';
import type { TestPerson } from '../support/people';

const SESSIONS = 10;
/** Longer than the server holds a request back: the CLI shows it to its user. */
const LONG_S = 75;

describeWithClaude('many Claude sessions of the real CLI on one key', (file) => {
  let server: ClaudeServer;
  let ada: TestPerson;
  let bob: TestPerson;
  const tabs: ClaudeTab[] = [];

  beforeAll(async () => {
    server = await ClaudeServer.start({ claude: file, env: { CIRCUIT_BREAKER_RESET_TIMEOUT: '5000' } });
    ada = await server.member('ada');
    bob = await server.member('bob');
  }, 120_000);
  afterEach(async () => {
    for (const tab of tabs.splice(0)) await tab.close();
  });
  afterAll(() => server?.stop());

  async function tab({ api, email }: TestPerson): Promise<ClaudeTab> {
    const opened = await ClaudeTab.open(server, api, { projectId: email.split('@')[0] });
    tabs.push(opened);
    return opened;
  }

  async function limit(claudeUserDailyUsd: number | null): Promise<void> {
    const { status } = await server.admin.request('PATCH', '/api/admin/settings', { claudeUserDailyUsd });
    expect(status).toBe(200);
  }

  it('refuses a user whose budget is used up with a sentence, while another works', async () => {
    await limit(3);
    const [poor, rich] = [await tab(ada), await tab(bob)];
    await poor.say('spend [[usage:2000000:1000]] [[say:that was dear]]', '● that was dear');
    await poor.screen.prompt('spend more');
    await poor.screen.shows(/API Error: 402/);
    await eventually(() => expect(poor.notices.at(-1)).toMatchObject({ kind: 'budget', active: true }));
    await rich.say('work [[say:Bob goes on]]', '● Bob goes on');
    await limit(null);
  }, 120_000);

  it('asks no more in a storm of 529, says so to everybody, and goes on by itself', async () => {
    const [first, other] = [await tab(ada), await tab(bob)];
    await other.screen.whenIdle(60_000);
    await first.screen.prompt('storm [[529:9]] [[say:the storm is over]]');
    const { until } = await first.whenState('api_down', 60_000);
    expect(until).toBeGreaterThan(Date.now() - 60_000);
    await other.screen.prompt('in the storm [[say:and for me]]');
    await first.screen.shows('● the storm is over', 180_000);
    await other.screen.shows('● and for me', 180_000);
    await first.whenState('waiting');
    expect(server.fake.turns.filter(({ status }) => status === 529)).toHaveLength(9);
  }, 400_000);

  it('makes all of ten sessions wait when one is told to, and tells every user until when', async () => {
    const sessions: ClaudeTab[] = [];
    for (let i = 0; i < SESSIONS; i++) sessions.push(await tab(i % 2 ? ada : bob));
    for (const { screen } of sessions) await screen.whenIdle(60_000);
    const [first, ...others] = sessions as [ClaudeTab, ...ClaudeTab[]];
    await first.screen.prompt(`limited [[429:1:${LONG_S}]] [[say:the first goes on]]`);
    const { until = 0 } = await first.whenState('rate_limited');
    expect(until - Date.now()).toBeGreaterThan((LONG_S - 20) * 1000);
    const before = server.fake.turns.length;
    for (const [i, { screen }] of others.entries()) await screen.prompt(`other ${i} [[say:number ${i} goes on]]`);
    for (const other of others) {
      const state = await other.whenState('rate_limited');
      expect(Math.abs((state.until ?? 0) - until)).toBeLessThan(2_000);
    }
    // Nobody has asked the API meanwhile.
    expect(server.fake.turns.length).toBe(before);
    await first.screen.shows('● the first goes on', 180_000);
    for (const [i, { screen }] of others.entries()) await screen.shows(`● number ${i} goes on`, 180_000);
  }, 400_000);
});
