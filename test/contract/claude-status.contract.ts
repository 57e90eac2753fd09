import { listClaudeSessions, type TerminalClaude } from '@holdfast/client';
import type { ServerEvents } from '@holdfast/protocol';
import { Client } from 'pg';
import type { Answer } from '../support/api';
import { auditEvents } from '../support/audit';
import { ClaudeServer } from '../support/claude/claude-server';
import { ClaudeTab } from '../support/claude/claude-tab';
import { eventually } from '../support/eventually';
import type { TestPerson } from '../support/people';

/** What Holdfast says of a Claude session, and who answers what it asks; with the stub, and with the real CLI. */
export function describeClaudeStatus(name: string, open: () => string): void {
  describe(`what is known of a session of ${name}`, () => {
    let claude: ClaudeServer;
    let ana: TestPerson;
    const tabs: ClaudeTab[] = [];

    beforeAll(async () => {
      claude = await ClaudeServer.start({ claude: open() });
      ana = await claude.member('ana');
    });
    afterEach(async () => {
      for (const tab of tabs.splice(0)) await tab.close();
    });
    afterAll(() => claude?.stop());

    async function openTab(who: TestPerson = ana, sessionId?: string): Promise<ClaudeTab> {
      const tab = await ClaudeTab.open(claude, who.api, { projectId: 'ana', sessionId });
      tabs.push(tab);
      return tab;
    }

    const isIn = ({ terminal }: ClaudeTab, state: string): Promise<void> =>
      eventually(() => expect(terminal.claude.state?.state).toBe(state));

    /** Its only card. */
    const card = ({ terminal }: ClaudeTab): Promise<TerminalClaude['permissions'][number]> =>
      eventually(() => {
        expect(terminal.claude.permissions).toHaveLength(1);
        return terminal.claude.permissions[0] as TerminalClaude['permissions'][number];
      });

    function answer(who: TestPerson, id: string, body: object): Promise<Answer<{ code?: string; details?: object }>> {
      return who.api.request('POST', `/api/claude/permissions/${id}/answer`, body);
    }

    it('says what a session does, from its prompt to its reply', async () => {
      const tab = await openTab();
      const states: string[] = [];
      tab.terminal.claude.on('state', ({ state }) => states.push(state));
      await tab.screen.prompt('hello [[hold:morning]]');
      await isIn(tab, 'working');
      claude.fake.release('morning');
      // It is told again when the reply begins, or a tool of its own.
      const course = (): string[] =>
        states.slice(states.indexOf('working')).filter((state, i, all) => state !== all[i - 1]);
      await eventually(() => expect(course()).toEqual(['working', 'waiting']));
    });

    it('answers a permission from REST while the dialog shows, tells the second who was first, and shows the card on a new device', async () => {
      const tab = await openTab();
      const news: ServerEvents['claude.attention'][] = [];
      tab.client.on('claude.attention', (one) => news.push(one));
      const settled: object[] = [];
      tab.terminal.claude.on('settled', (one) => settled.push(one));
      await tab.screen.prompt('run [[bash:echo made > made.txt]]');
      await tab.screen.shows('Do you want to proceed?');
      const asked = await card(tab);
      expect(asked).toMatchObject({
        kind: 'permission',
        tool: 'Bash',
        detail: 'echo made > made.txt',
        answerable: true,
      });
      await isIn(tab, 'needs_permission');
      await eventually(() =>
        expect(news.at(-1)).toMatchObject({ needsMe: true, state: 'needs_permission', sessionId: tab.sessionId }),
      );

      const [listed] = await listClaudeSessions(claude.server.baseUrl, ana.api.token, { needsMe: true });
      expect(listed).toMatchObject({ sessionId: tab.sessionId, needsMe: true, permissions: [{ id: asked.id }] });
      const phone = await openTab(ana, tab.sessionId);
      expect(await card(phone)).toEqual(asked);

      const first = await answer(ana, asked.id, { decision: 'allow' });
      expect([first.status, first.body]).toEqual([
        200,
        { permissionId: asked.id, sessionId: tab.sessionId, decision: 'allow' },
      ]);
      const second = await answer(ana, asked.id, { decision: 'deny' });
      expect([second.status, second.body]).toMatchObject([
        409,
        { code: 'conflict', details: { by: { id: ana.id, email: ana.email }, decision: 'allow' } },
      ]);
      await eventually(() =>
        expect(settled).toMatchObject([{ permissionId: asked.id, decision: 'allow', by: { id: ana.id } }]),
      );
      await isIn(tab, 'waiting');
      await isIn(phone, 'waiting');
      expect(phone.terminal.claude.permissions).toEqual([]);
      await eventually(() => expect(news.at(-1)).toMatchObject({ needsMe: false }));
      await eventually(async () => {
        const events = await auditEvents(claude.admin, { code: 'claude.permission.answered' });
        expect(events.map(({ outcome }) => outcome).sort()).toEqual(['ok', 'refused']);
      });
    });

    it('takes a refusal from a card in the tab, and the answer to a question', async () => {
      const tab = await openTab();
      await tab.screen.prompt('no [[bash:rm -rf build]]');
      tab.terminal.claude.answer((await card(tab)).id, 'deny', { message: 'Keep the build' });
      await tab.screen.shows('Keep the build');
      await isIn(tab, 'waiting');

      await tab.screen.prompt('ask [[ask]]');
      const asked = await card(tab);
      await isIn(tab, 'needs_answer');
      const [question] = asked.questions ?? [];
      tab.terminal.claude.answer(asked.id, 'allow', { answers: { [question?.question ?? '']: 'Blue' } });
      await tab.screen.shows('Blue');
      await isIn(tab, 'waiting');
    });

    it('knows that somebody answered in the terminal', async () => {
      const tab = await openTab();
      await tab.screen.prompt('run [[bash:touch a.txt]]');
      const asked = await card(tab);
      await tab.screen.answer('\x1b');
      await eventually(() => expect(tab.terminal.claude.permissions).toEqual([]));
      await isIn(tab, 'waiting');
      expect((await answer(ana, asked.id, { decision: 'allow' })).status).toBe(404);
    });

    it('leaves a question to the terminal when the gateway died on whose connection it was asked', async () => {
      const tab = await openTab();
      await tab.screen.prompt('run [[bash:echo survived > s.txt && cat s.txt]]');
      const asked = await card(tab);
      await claude.server.kill();
      await claude.server.run();
      await eventually(async () => expect(await card(tab)).toEqual({ ...asked, answerable: false }));
      const late = await answer(ana, asked.id, { decision: 'allow' });
      expect([late.status, late.body.details]).toEqual([409, { answerable: false }]);
      await tab.screen.answer('\r');
      await tab.screen.shows(/● .*survived/);
      await isIn(tab, 'waiting');
      expect(tab.terminal.claude.permissions).toEqual([]);
    });

    it('is known to other nodes, without what only its own can answer', async () => {
      const tab = await openTab();
      await isIn(tab, 'waiting');
      const { sessionId } = tab;
      const database = new Client({ connectionString: claude.server.databaseUrl });
      await database.connect();
      try {
        await eventually(async () => {
          const moved = `UPDATE claude_sessions SET host_id = 'elsewhere', state = 'error', kind = 'server_error'
                         WHERE storage_key = $1`;
          expect((await database.query(moved, [`${sessionId}:ana`])).rowCount).toBe(1);
        });
      } finally {
        await database.end();
      }
      const [elsewhere] = await listClaudeSessions(claude.server.baseUrl, ana.api.token, { needsMe: true });
      expect(elsewhere).toMatchObject({ sessionId, state: 'error', kind: 'server_error', needsMe: true });
      expect(elsewhere?.permissions).toBeUndefined();
    });

    it('lets viewers watch and not answer, and strangers know nothing', async () => {
      const vera = await claude.member('vera');
      await ana.api.request('PUT', `/api/projects/ana/members/${vera.id}`, { role: 'viewer' });
      const tab = await openTab();
      await tab.screen.prompt('run [[bash:touch a.txt]]');
      const asked = await card(tab);
      const watching = await openTab(vera, tab.sessionId);
      expect((await card(watching)).id).toBe(asked.id);
      const refused = new Promise<{ code: string }>((resolve) => watching.terminal.on('error', resolve));
      watching.terminal.claude.answer(asked.id, 'allow');
      expect((await refused).code).toBe('read_only');
      expect((await answer(vera, asked.id, { decision: 'allow' })).status).toBe(403);
      const sam = await claude.member('sam');
      expect((await answer(sam, asked.id, { decision: 'allow' })).status).toBe(404);
      expect(tab.terminal.claude.permissions).toHaveLength(1);
      expect(await listClaudeSessions(claude.server.baseUrl, vera.api.token)).toEqual([]);
    });
  });
}
