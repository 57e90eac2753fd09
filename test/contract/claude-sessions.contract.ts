import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Api } from '../support/api';
import { ClaudeServer, SERVER_KEY } from '../support/claude/claude-server';
import { ClaudeTab, type ClaudeTabOptions } from '../support/claude/claude-tab';
import { eventually } from '../support/eventually';

interface Listed {
  readonly sessionId: string;
  readonly state: string;
  readonly needsMe: boolean;
  readonly permissions?: readonly { readonly id: string; readonly tool: string; readonly detail: string }[];
}

/** What a user of Holdfast sees of a Claude session, from the first prompt on; with the stub, and with the real CLI. */
export function describeClaudeSessions(name: string, open: () => string): void {
  describe(`a Claude session of ${name}`, () => {
    let server: ClaudeServer;
    const tabs: ClaudeTab[] = [];

    beforeAll(async () => {
      server = await ClaudeServer.start({ claude: open() });
    }, 120_000);
    afterEach(async () => {
      for (const tab of tabs.splice(0)) await tab.close();
    });
    afterAll(() => server?.stop());

    async function tab(options: ClaudeTabOptions = {}, api: Api = server.admin): Promise<ClaudeTab> {
      const opened = await ClaudeTab.open(server, api, options);
      tabs.push(opened);
      return opened;
    }

    async function listed(sessionId: string, query = ''): Promise<Listed | undefined> {
      const { body } = await server.admin.request<{ items: Listed[] }>('GET', `/api/claude/sessions${query}`);
      return body.items.find((item) => item.sessionId === sessionId);
    }

    it('starts without asking anything, takes a prompt, and shows the reply', async () => {
      const claude = await tab();
      await claude.say('hello [[say:Good morning from the API]]', '● Good morning from the API');
      const { headers } = await server.fake.turn('hello');
      expect(headers['x-api-key']).toBe(SERVER_KEY);
      expect(headers['authorization']).toBeUndefined();
      await claude.whenState('waiting');
    });

    it('says that it works while it does, and what it cost afterwards', async () => {
      const claude = await tab();
      await claude.screen.prompt('think [[hold:state]] [[usage:100000:1000]]');
      await claude.screen.shows('one two three');
      await claude.whenState('working');
      expect(await listed(claude.sessionId)).toMatchObject({ state: 'working', needsMe: false });
      server.fake.release('state');
      await claude.screen.shows('four five six');
      await claude.whenState('waiting');
      await eventually(() => expect(claude.usages.at(-1)).toMatchObject({ inputTokens: 100_000, outputTokens: 1_000 }));
      expect(claude.usages.at(-1)?.costUsd).toBeGreaterThan(0);
    });

    it('takes a permission over REST while its dialog shows', async () => {
      const claude = await tab();
      await claude.screen.prompt('run [[bash:echo from-far-away | tee far.txt]]');
      await claude.screen.shows('Do you want to proceed');
      await claude.whenState('needs_permission');
      const asked = await eventually(async () => {
        const permission = (await listed(claude.sessionId, '?needsMe=true'))?.permissions?.[0];
        if (!permission) throw new Error('it is not in the list');
        return permission;
      });
      expect(asked).toMatchObject({
        tool: 'Bash',
        detail: expect.stringContaining('echo from-far-away | tee far.txt') as string,
      });
      expect(claude.permissions.at(-1)).toMatchObject({ id: asked.id, answerable: true });
      const url = `/api/claude/permissions/${asked.id}/answer`;
      expect(await server.admin.request('POST', url, { decision: 'allow' })).toMatchObject({ status: 200 });
      await claude.screen.shows('TOOL-RESULT-SEEN');
      await eventually(() => expect(claude.settled).toMatchObject([{ permissionId: asked.id, decision: 'allow' }]));
      // The first answer counted.
      expect((await server.admin.request('POST', url, { decision: 'deny' })).status).toBeGreaterThanOrEqual(404);
      expect(fs.existsSync(path.join(server.server.dataDir, 'workspaces/default/far.txt'))).toBe(true);
      await claude.whenState('waiting');
      expect(await listed(claude.sessionId, '?needsMe=true')).toBeUndefined();
    });

    it('takes a permission in the terminal, and its card goes away', async () => {
      const claude = await tab();
      await claude.screen.prompt('run [[bash:echo near | tee near.txt]]');
      await claude.whenState('needs_permission');
      await claude.screen.answer('\r');
      await claude.screen.shows('TOOL-RESULT-SEEN');
      await eventually(() => expect(claude.settled).toHaveLength(1));
      await claude.whenState('waiting');
    });

    it('takes the answer to a question from another device of the user', async () => {
      const claude = await tab();
      await claude.screen.prompt('ask me [[ask]]');
      const { sessionId } = claude;
      await claude.whenState('needs_answer');
      const phone = await tab({ sessionId });
      const question = await eventually(() => {
        const found = phone.permissions.at(-1);
        if (found?.kind !== 'question') throw new Error(JSON.stringify(phone.permissions));
        return found;
      });
      phone.terminal.answerPermission({
        permissionId: question.id,
        decision: 'allow',
        answers: { 'Which colour?': 'Blue' },
      });
      await claude.screen.shows(/TOOL-RESULT-SEEN.*Blue/);
      await eventually(() => expect(claude.settled.at(-1)).toMatchObject({ permissionId: question.id }));
    });

    it('notices when a dialog is left with Escape', async () => {
      const claude = await tab();
      await claude.screen.prompt('run [[bash:echo never | tee never.txt]]');
      await claude.whenState('needs_permission');
      await claude.screen.answer('\x1b');
      await claude.whenState('waiting');
      expect(claude.settled).toHaveLength(1);
    });

    it('waits out a short retry-after without a word, and a storm of 529 is absorbed', async () => {
      const claude = await tab();
      await claude.say('limit [[429:2:1]] [[say:after the limit]]', '● after the limit');
      expect(claude.screen.text).not.toMatch(/retrying|API Error/i);
      await claude.say('storm [[529:2]] [[say:after the storm]]', '● after the storm');
      expect(claude.screen.text).not.toContain('API Error');
    });

    it('says at once, and once, that the key of the server was refused', async () => {
      const claude = await tab();
      const before = server.fake.turns.length;
      await claude.screen.prompt('locked [[401]]');
      await claude.screen.shows(/API Error.*402/);
      await claude.screen.whenIdle();
      expect(server.fake.turns.length - before).toBe(1);
      await claude.whenState('error');
    });

    it('gives a second device that comes in mid-reply the same bytes from there on', async () => {
      const claude = await tab();
      await claude.screen.prompt('stream [[hold:second]]');
      const { sessionId } = claude;
      await claude.screen.whenWorking();
      const second = await tab({ sessionId });
      await second.screen.shows('stream [[hold:second]]');
      claude.cut();
      server.fake.release('second');
      await claude.screen.whenIdle();
      await second.screen.whenIdle();
      await eventually(() => expect(second.screen.text).toBe(claude.screen.text));
      const whole = await server.admin.fetch('GET', `/api/sessions/${sessionId}/output`);
      const transcript = Buffer.from(await whole.arrayBuffer());
      await eventually(async () => {
        expect(claude.screen.bytes).toBe(transcript.length);
      });
      expect(claude.screen.sha256).toBe(sha256(transcript));
      const { offset } = await second.ready;
      expect([second.screen.bytes, second.screen.sha256]).toEqual([
        transcript.length - offset,
        sha256(transcript.subarray(offset)),
      ]);
    });
  });
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
