import type { Browser } from 'playwright-core';
import { ClaudeServer } from '../support/claude/claude-server';
import { processesOf } from '../support/claude/session-processes';
import { launchChromium } from '../support/chromium';
import { ConsolePage, PHONE } from '../support/console-page';
import { eventually } from '../support/eventually';

/** Notifications are shown and noted: what they say, and whether they were taken back. */
const NOTE_NOTIFICATIONS = `
  window.noted = [];
  window.Notification = class extends window.Notification {
    constructor(title, options) {
      super(title, options);
      this.note = { title, body: options.body, open: true, click: () => this.onclick() };
      window.noted.push(this.note);
    }
    close() {
      super.close();
      this.note.open = false;
    }
  }`;

describe('Claude sessions in the console', () => {
  let claude: ClaudeServer;
  let browser: Browser;
  let ui: ConsolePage;
  let phone: ConsolePage;

  const at = (testId: string) => ui.at(testId);

  beforeAll(async () => {
    claude = await ClaudeServer.start();
    browser = await launchChromium();
    ui = await ConsolePage.open(browser, claude.server.baseUrl);
    await ui.signIn(claude.server.admin);
  }, 300_000);

  afterAll(async () => {
    for (const each of [ui, phone]) await each?.context.close();
    await browser?.close();
    await claude?.stop();
  });

  /** As a person types: the Enter apart, once the prompt is there. */
  async function prompt(text: string): Promise<void> {
    await ui.page.keyboard.type(text);
    await ui.shows(text);
    await ui.page.keyboard.press('Enter');
  }

  const state = (words: string) => eventually(async () => expect(await at('claude-state').innerText()).toBe(words));

  async function onlySession(): Promise<string> {
    const { body } = await claude.admin.request<{ items: { sessionId: string }[] }>('GET', '/api/claude/sessions');
    expect(body.items).toHaveLength(1);
    return body.items[0]?.sessionId ?? '';
  }

  it('start from the list, and say what they do and what it costs', async () => {
    await at('new-claude').click();
    await state('Ready');
    await prompt('hello [[say:Good morning from the API]]');
    await ui.shows('Good morning from the API');
    await state('Ready');
    await eventually(async () => expect(await at('claude-cost').innerText()).toMatch(/\$/));
    await eventually(async () => expect(await at('session-row').first().getAttribute('aria-label')).toContain('Ready'));
    await ui.picture('claude-ready');
  });

  it('ask with the whole command beside the terminal, and go on when it is allowed', async () => {
    await prompt('run it [[bash:echo one && echo "two" > out.txt]]');
    await at('permission-card').waitFor();
    await state('Needs your permission');
    await ui.says('permission-detail', 'echo one && echo "two" > out.txt');
    await ui.says('attention-count', /^1$/);
    await eventually(async () => expect(await ui.page.title()).toMatch(/^\(1\) /));
    await ui.picture('claude-permission');
    await at('permission-allow').click();
    await at('permission-card').waitFor({ state: 'hidden' });
    await eventually(async () => expect(await at('card-feedback').innerText()).toBe('You allowed it.'));
    await state('Ready');
    await at('attention-button').waitFor({ state: 'hidden' });
  });

  it('take the answer of a phone, and tell the others who was first', async () => {
    phone = await ConsolePage.open(browser, claude.server.baseUrl, { viewport: PHONE, touch: true });
    await phone.signIn(claude.server.admin);
    await prompt('write it [[write:notes.md]]');
    await phone.at('attention-button').tap();
    await phone.at('permission-card').waitFor();
    await at('permission-card').waitFor();
    const { height = 0 } = (await phone.at('permission-deny').boundingBox()) ?? {};
    expect(height).toBeGreaterThanOrEqual(44);
    await phone.picture('claude-phone');
    await phone.at('permission-deny').tap();
    await at('permission-card').waitFor({ state: 'hidden' });
    await eventually(async () => expect(await at('card-feedback').innerText()).toContain('denied it'));
  });

  it('put questions as cards, and go on with what was chosen', async () => {
    await state('Ready');
    await prompt('ask me [[ask]]');
    await at('question-card').waitFor();
    await state('Asks you something');
    await at('question-answer').click();
    await ui.says('card-problem', /^Choose an answer to every question first\.$/);
    await at('question-option').filter({ hasText: 'Blue' }).click();
    await ui.picture('claude-question');
    await at('question-answer').click();
    await at('question-card').waitFor({ state: 'hidden' });
    await ui.shows('"Which colour?"="Blue"');
    await state('Ready');
  });

  it('call for a user who looks elsewhere, who comes back by a click', async () => {
    await ui.context.grantPermissions(['notifications']);
    await ui.page.evaluate(NOTE_NOTIFICATIONS);
    const noted = () => ui.page.evaluate<{ title: string; body: string; open: boolean }[]>('window.noted');
    await at('settings-button').click();
    await at('setting-notify').check();
    await ui.page.keyboard.press('Escape');
    await ui.newTerminal();

    const session = `/api/sessions/${await onlySession()}`;
    const type = (data: string) => claude.admin.request('POST', `${session}/input`, { data });
    await type('make it [[bash:make]]');
    await eventually(async () =>
      expect(await (await claude.admin.fetch('GET', `${session}/screen`)).text()).toContain('make it'),
    );
    expect(await noted()).toEqual([]);
    await type('\r');
    await eventually(async () =>
      expect(await noted()).toEqual([
        { title: 'Claude: needs your permission', body: expect.any(String) as string, open: true },
      ]),
    );
    // What it wants to do is nobody else's business, unless the user says so.
    expect((await noted())[0]?.body).not.toContain('bash');
    await ui.page.evaluate('window.noted[0].click()');
    await at('permission-card').waitFor();
    await at('permission-allow').click();
    await state('Ready');
    await eventually(async () => expect(await noted()).toMatchObject([{ open: false }]));
  });

  it('offer to be resumed after their process was killed, and to go on with what was cut off', async () => {
    await prompt('a long one [[hold:cut]]');
    await ui.shows('one two three');
    const [{ pid } = { pid: 0 }] = processesOf(await onlySession());
    process.kill(pid, 'SIGKILL');
    await at('exit-again').filter({ visible: true }).click();
    await at('claude-interrupted').waitFor();
    await ui.picture('claude-interrupted');
    await at('claude-continue').click();
    await claude.fake.turn('continue');
    await at('claude-interrupted').waitFor({ state: 'hidden' });
    await state('Ready');
  });

  it('sleep when they are sent to, stay asleep over a reload, and wake up at a key', async () => {
    await state('Ready');
    await at('tab').first().click({ button: 'right' });
    await at('menu-hibernate').click();
    await at('sleep-veil').waitFor();
    await ui.picture('claude-asleep');
    await ui.page.reload();
    await at('sleep-veil').waitFor();
    await state('Asleep');
    await ui.page.keyboard.press('a');
    await at('sleep-veil').waitFor({ state: 'hidden' });
    await state('Ready');
    await ui.shows('Good morning from the API');
  });
});
