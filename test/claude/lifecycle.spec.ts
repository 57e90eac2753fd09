import fs from 'node:fs';
import { describeWithClaude } from '../support/claude/claude-programs';
import { ClaudeServer } from '../support/claude/claude-server';
import { ClaudeTab } from '../support/claude/claude-tab';
import { eventually } from '../support/eventually';

interface View {
  readonly claude: { readonly state: string; readonly interrupted: boolean };
}

/** What no stub can show: that the CLI goes on with what it wrote, and takes the keys that are typed for its user. */
describeWithClaude('a conversation of the real CLI', (file) => {
  let claude: ClaudeServer;
  let tab: ClaudeTab;

  beforeAll(async () => {
    claude = await ClaudeServer.start({ claude: file });
  }, 120_000);
  beforeEach(async () => {
    tab = await ClaudeTab.open(claude, claude.admin);
    await tab.screen.whenIdle();
  });
  afterEach(() => tab.close());
  afterAll(() => claude.stop());

  async function post(what: string): Promise<void> {
    const { status, body } = await claude.admin.request('POST', `/api/sessions/${tab.sessionId}/claude/${what}`);
    if (status !== 204) throw new Error(`${what}: ${status} ${JSON.stringify(body)}`);
  }

  async function state(): Promise<View['claude']> {
    return (await claude.admin.request<View>('GET', `/api/sessions/${tab.sessionId}`)).body.claude;
  }

  async function reopen(): Promise<void> {
    const { sessionId } = tab;
    await tab.close();
    tab = await ClaudeTab.open(claude, claude.admin, { sessionId });
    await tab.screen.whenIdle();
  }

  /** The CLI itself, whatever it was started by. */
  function killCli(): void {
    for (const name of fs.readdirSync('/proc')) {
      try {
        const args = fs.readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
        const isIt = args.includes('--session-id') || args.includes('--resume');
        const environment = fs.readFileSync(`/proc/${name}/environ`, 'latin1');
        if (isIt && environment.includes(`SESSION_ID=${tab.sessionId}:`)) process.kill(Number(name), 'SIGKILL');
      } catch {
        // Not a process, or not any more.
      }
    }
  }

  it('is hibernated in mid-reply with what it has said so far, and shows it when it is opened again', async () => {
    await tab.screen.prompt('first [[say:an answer that is whole]]');
    await tab.screen.shows('● an answer that is whole');
    await tab.screen.whenIdle();
    await tab.screen.prompt('second [[hold:asleep]]');
    await tab.screen.shows('one two three');
    await post('hibernate');
    await eventually(() => expect(tab.exits).toMatchObject([{ reason: 'hibernated' }]));
    await eventually(async () => expect(await state()).toMatchObject({ state: 'hibernated', interrupted: false }));
    await reopen();
    await tab.screen.shows('an answer that is whole');
    await tab.screen.prompt('third [[say:done]]');
    // Not only on the old screen: the model hears of it, too.
    const { raw } = await claude.fake.turn('third');
    expect(raw).toContain('an answer that is whole');
    expect(raw).toContain('one two three');
  }, 90_000);

  it('goes on with "continue" after its process was killed in mid-reply', async () => {
    await tab.screen.prompt('first [[say:what went before]]');
    await tab.screen.shows('● what went before');
    await tab.screen.whenIdle();
    await tab.screen.prompt('second [[hold:killed]]');
    await tab.screen.shows('one two three');
    killCli();
    await eventually(async () => expect(await state()).toMatchObject({ state: 'hibernated', interrupted: true }));
    await post('continue');
    const { raw } = await claude.fake.turn('continue');
    expect(raw).toContain('what went before');
    await eventually(async () => expect(await state()).toMatchObject({ state: 'waiting', interrupted: false }));
  }, 90_000);

  it('is the one after /clear when it was cleared', async () => {
    await tab.screen.prompt('first [[say:before the clear]]');
    await tab.screen.shows('● before the clear');
    await tab.screen.whenIdle();
    await tab.screen.prompt('/clear');
    await eventually(() => expect(tab.screen.text).not.toContain('before the clear'));
    await tab.screen.prompt('second [[say:after the clear]]');
    await tab.screen.shows('● after the clear');
    await eventually(async () => expect((await state()).state).toBe('waiting'));
    killCli();
    await eventually(async () => expect((await state()).state).toBe('hibernated'));
    await reopen();
    await tab.screen.shows('after the clear');
    await tab.screen.prompt('afterwards [[say:done]]');
    const { raw } = await claude.fake.turn('afterwards');
    expect(raw).toContain('after the clear');
    expect(raw).not.toContain('before the clear');
  }, 90_000);
});
