import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium } from '../support/chromium';
import { ClaudeServer } from '../support/claude/claude-server';
import { eventually } from '../support/eventually';
import type { TestPerson } from '../support/people';

type Held = typeof globalThis & { holdfast: { screenText(): string } };

/** Set to a directory, each step leaves a picture there. */
const PICTURES = process.env['HOLDFAST_PICTURES'];
const ANSWER = [
  '{"cmd":"echo suggested-$((40 + 2))","why":"says it"}',
  '{"cmd":"rm -rf ./nothing","why":"cleans up"}',
].join('\n');

describe('Command suggestions in the console', () => {
  let claude: ClaudeServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let ada: TestPerson;

  beforeAll(async () => {
    claude = await ClaudeServer.start({ env: { SHELL_PROGRAM: '/bin/bash' } });
    claude.fake.say = () => ANSWER;
    browser = await launchChromium();
    ada = await claude.member('ada');
    await claude.admin.request('PATCH', '/api/admin/settings', { suggestionsAllowed: true });
    context = await browser.newContext({ viewport: { width: 1000, height: 640 } });
    page = await context.newPage();
    await page.goto(claude.server.baseUrl);
    await page.getByTestId('login-email').fill(ada.email);
    await page.getByTestId('login-password').fill(ada.password);
    await page.getByTestId('login-submit').click();
    await page.getByTestId('console').waitFor();
  }, 300_000);

  afterAll(async () => {
    await context?.close();
    await browser?.close();
    await claude?.stop();
  });

  const screen = () => page.evaluate(() => (globalThis as Held).holdfast.screenText());
  const shows = (text: string) => eventually(async () => expect(await screen()).toContain(text));
  const type = async (text: string): Promise<void> => {
    await page.locator('.xterm-helper-textarea:visible').first().focus();
    await page.keyboard.type(text);
  };
  const picture = async (name: string): Promise<void> => {
    if (PICTURES) await page.screenshot({ path: `${PICTURES}/${name}.png` });
  };

  it('are switched on in the settings, and only then there', async () => {
    expect(await page.getByTestId('suggest').isVisible()).toBe(false);
    await page.getByTestId('settings-button').click();
    const box = page.getByTestId('setting-suggestions');
    await eventually(async () => expect(await box.isEnabled()).toBe(true));
    await picture('suggestion-settings');
    await box.check();
    await page.keyboard.press('Escape');
    await page.getByTestId('suggest').waitFor();
    expect((await ada.api.request('GET', '/api/suggestions')).body).toMatchObject({ on: true });
  });

  it('come when asked for, say what was sent, and stand at the prompt without having run', async () => {
    await page.keyboard.press('Control+Shift+Enter');
    await type(' unset HISTFILE; PS1="ready: "; clear\n');
    await eventually(async () => expect(await screen()).toBe('ready:'));
    await type('ec');
    await shows('ready: ec');
    await page.keyboard.press('Control+Shift+Space');
    await eventually(async () => expect(await page.getByTestId('suggestion').count()).toBe(2));
    expect(await page.getByTestId('suggestion-danger').count()).toBe(1);
    await page.getByText('What was sent').click();
    expect(await page.getByTestId('suggestion-sent').textContent()).toContain('"line": "ec"');
    await picture('suggestions');
    await page.getByTestId('suggestion').first().click();
    await shows('ready: echo suggested-$((40 + 2))');
    expect(await screen()).not.toContain('suggested-42');
    expect(await page.getByTestId('suggestions').count()).toBe(0);
    await page.keyboard.press('Enter');
    await shows('suggested-42');
  });

  it('are offered after a command that failed, and take the place of what was typed', async () => {
    await type('nosuchcommand\n');
    await page.getByTestId('suggestion-chip').waitFor();
    await picture('suggestion-chip');
    await type('wrong');
    await shows('ready: wrong');
    await page.getByTestId('suggestion-chip').click();
    await eventually(async () => expect(await page.getByTestId('suggestion').count()).toBe(2));
    const { recent } = JSON.parse(claude.fake.requests.at(-1)?.text ?? '{}') as {
      recent: { cmd: string; exit: number }[];
    };
    expect(recent.at(-1)).toEqual({ cmd: 'nosuchcommand', exit: 127 });
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await eventually(async () => expect(await screen()).toMatch(/ready: echo suggested-\$\(\(40 \+ 2\)\)\s*$/));
    expect(await screen()).not.toContain('ready: wrong');
    expect(await page.getByTestId('suggestion-chip').count()).toBe(0);
  });

  it('go away with the next key, which is the terminal’s', async () => {
    await page.keyboard.press('Control+u');
    await page.getByTestId('suggest').click();
    await page.getByTestId('suggestions').waitFor();
    await page.keyboard.type('typed on');
    await shows('ready: typed on');
    expect(await page.getByTestId('suggestions').count()).toBe(0);
  });
});
