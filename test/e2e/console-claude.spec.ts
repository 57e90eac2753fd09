import type { Browser } from 'playwright-core';
import { ClaudeServer } from '../support/claude/claude-server';
import { launchChromium } from '../support/chromium';
import { ConsolePage, PHONE } from '../support/console-page';
import { eventually } from '../support/eventually';

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

  it('start from the list, and say what they do and what it costs', async () => {
    await at('new-claude').click();
    await state('Ready');
    await prompt('hello [[say:Good morning from the API]]');
    await ui.shows('Good morning from the API');
    await state('Ready');
    await eventually(async () => expect(await at('claude-cost').innerText()).toMatch(/\$/));
    expect(await at('session-row').first().getAttribute('aria-label')).toContain('Ready');
    await ui.picture('claude-ready');
  });

  it('ask with the whole command beside the terminal, and go on when it is allowed', async () => {
    await prompt('run it [[bash:echo one && echo "two" > out.txt]]');
    await at('permission-card').waitFor();
    await state('Needs your permission');
    expect(await at('permission-detail').innerText()).toContain('echo one && echo "two" > out.txt');
    expect(await ui.page.title()).toMatch(/^\(1\) /);
    expect(await at('attention-count').innerText()).toBe('1');
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
