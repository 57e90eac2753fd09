import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../support/chromium';
import { ConsolePage, DESKTOP, PHONE } from '../support/console-page';
import { eventually } from '../support/eventually';
import { startServer, type TestServer } from '../support/server';

/** What Chromium says about things that are tested on purpose, or about its software renderer. */
const EXPECTED_NOISE = [
  /status of 401/,
  /GL Driver Message/,
  /ERR_CONNECTION_(REFUSED|RESET)/,
  /WebSocket connection to/,
  // xterm.js on a busy machine.
  /task queue exceeded/,
];

/** A busy machine boots a server in it, and a client's next attempt may be half a minute away. */
const RESTART_PATIENCE_MS = 55_000;

describe('the console in Chromium', () => {
  let server: TestServer;
  let browser: Browser;
  let ui: ConsolePage;
  let page: Page;
  let complaints: string[];

  const at = (testId: string) => ui.at(testId);
  const screen = () => ui.screen();
  const size = () => ui.size();
  const shows = (text: string | RegExp, withinMs?: number) => ui.shows(text, withinMs);
  const run = (line: string) => ui.run(line);
  const newTerminal = () => ui.newTerminal();
  const enter = (password: string) => ui.enter({ ...server.admin, password });
  const signIn = () => ui.signIn(server.admin);
  const label = (index: number) => at('tab-label').nth(index);

  function look(at: ConsolePage): void {
    ui = at;
    page = at.page;
  }

  async function openPage(viewport: typeof DESKTOP, touch = false): Promise<void> {
    complaints = [];
    look(await ConsolePage.open(browser, server.baseUrl, { viewport, touch, onPage: listen }));
  }

  function listen(opened: Page): void {
    opened.on('console', (message) => {
      const text = message.text();
      const bad = message.type() === 'error' || message.type() === 'warning';
      if (bad && !EXPECTED_NOISE.some((noise) => noise.test(text))) complaints.push(text);
    });
    opened.on('pageerror', (error) => complaints.push(String(error.stack)));
  }

  /** As the browser does on Ctrl+Shift+V; a headless one has no clipboard of its own. */
  async function paste(text: string): Promise<void> {
    await page.evaluate(`{
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', ${JSON.stringify(text)});
      document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }`);
  }

  beforeAll(async () => {
    server = await startServer();
    browser = await launchChromium();
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  beforeEach(async () => openPage(DESKTOP));

  afterEach(async () => {
    await ui.context.close();
    // Violations of the content policy come as console errors, too.
    expect(complaints).toEqual([]);
  });

  it('says in a sentence that the password is wrong, and lets the user try again', async () => {
    await enter('not the password');
    await at('login-error').waitFor();
    expect(await at('login-error').innerText()).toMatch(/do not belong together/);
    await signIn();
  });

  it('opens a shell that answers what is typed', async () => {
    await signIn();
    await at('welcome').waitFor();
    await newTerminal();
    await run('echo "hello from $((40 + 2))"');
    await shows('hello from 42');
    expect(await at('connection').getAttribute('data-state')).toBe('online');
  });

  it('gives the shell the size of the window, and a new one when the window changes', async () => {
    await signIn();
    await newTerminal();
    // Again and again, because a window settles on its size in steps: fonts arrive, bars appear.
    await run('while :; do stty size; sleep 0.1; done');
    const shellHasTheSize = () =>
      eventually(async () => {
        const { cols, rows } = (await size()) ?? {};
        expect((await screen()).trimEnd()).toMatch(new RegExp(`\\b${rows} ${cols}$`));
        return cols;
      });
    const before = await shellHasTheSize();
    await page.setViewportSize({ width: 900, height: 600 });
    await eventually(async () => expect((await size())?.cols).toBeLessThan(before ?? 0));
    await shellHasTheSize();
  });

  it('marks a hidden tab that has new output, and rings its bell', async () => {
    await signIn();
    await newTerminal();
    await run('sleep 2; echo finished');
    await newTerminal();
    await eventually(async () => expect(await at('tab-unread').first().isVisible()).toBe(true));
    await at('tab').first().click();
    await shows(/^finished/m);
    await at('tab-unread').first().waitFor({ state: 'hidden' });
    await run("sleep 2; printf '\\a'");
    await at('tab').nth(1).click();
    await eventually(async () => expect(await at('tab-bell').first().isVisible()).toBe(true));
  });

  it('renames a terminal in the list and in its tab', async () => {
    await signIn();
    await newTerminal();
    await page.locator('[data-testid=session-row][aria-current=true]').waitFor();
    await page.keyboard.press('Control+Shift+L');
    await page.keyboard.press('F2');
    await page.keyboard.type('release build');
    await page.keyboard.press('Enter');
    await eventually(async () => expect(await label(0).innerText()).toBe('release build'));
    await page.reload();
    await eventually(async () => expect(await label(0).innerText()).toBe('release build'));
  });

  it('keeps tabs and screens over a reload', async () => {
    await signIn();
    await newTerminal();
    await run('echo first-$((1 + 1))');
    await shows('first-2');
    await newTerminal();
    await run('echo second-$((1 + 1))');
    await shows('second-2');
    await page.reload();
    await shows('second-2');
    expect(await at('tab').count()).toBe(2);
    expect(page.url()).toMatch(/#\/s\/[^/]+\/session_/);
    await at('tab').first().click();
    await shows('first-2');
    await run('echo third-$((1 + 1))');
    await shows('third-2');
  });

  it('opens a terminal by its link, and says when there is none', async () => {
    await signIn();
    await newTerminal();
    await run('echo linked-$((1 + 1))');
    await shows('linked-2');
    const link = page.url();
    await page.keyboard.press('Control+Shift+Backspace');
    await at('welcome').waitFor();
    await page.goto(link);
    await shows('linked-2');
    await page.goto(link.replace(/session_.*/, 'session_1700000000000_aaaaaaaaaaaaaaaa'));
    await eventually(async () => expect(await at('toast').innerText()).toMatch(/does not exist any more/));
    expect(await at('tab').count()).toBe(1);
    // It asked for what is not there; the browser notes that.
    expect(complaints.splice(0)).toEqual([expect.stringContaining('404')]);
  });

  it(
    'continues where it was after the server was killed',
    async () => {
      await signIn();
      await newTerminal();
      await run('cat');
      // It runs: what a shell is given before it starts a program comes to that program without its line ends.
      await run('with a server');
      await shows(/with a server\n+with a server/);
      await server.kill();
      await eventually(async () => expect(await at('connection').getAttribute('data-state')).not.toBe('online'));
      await run('typed without a server');
      await server.run();
      await shows(/typed without a server\n+typed without a server/, RESTART_PATIENCE_MS);
      await page.keyboard.press('Control+c');
    },
    2 * RESTART_PATIENCE_MS,
  );

  it('shows how a process ended and offers a new one', async () => {
    await signIn();
    await newTerminal();
    await run('exit 3');
    await eventually(async () => expect(await at('exit-text').innerText()).toBe('Process exited with code 3'));
    await at('exit-bar').getByText('New terminal').click();
    await eventually(async () => expect(await at('tab').count()).toBe(2));
    await shows(/\S/);
  });

  it('terminates a terminal after asking', async () => {
    await signIn();
    await newTerminal();
    await run('trap "" HUP; sleep 1000');
    await at('tab').first().click({ button: 'right' });
    await at('menu-terminate').click();
    await at('confirm').getByText('Terminate', { exact: true }).click();
    await eventually(async () => expect(await at('exit-text').innerText()).toMatch(/^Process (ended|exited)/));
  });

  it('finds text in the scrollback', async () => {
    await signIn();
    await newTerminal();
    await run('for i in $(seq 1 300); do echo "line $i."; done');
    await shows('line 300.');
    await page.keyboard.press('Control+Shift+F');
    await page.keyboard.type('LINE 17.');
    await eventually(async () => expect(await at('search-count').innerText()).toBe('1 of 1'));
    await at('search-case').click();
    await eventually(async () => expect(await at('search-count').innerText()).toBe('No results'));
    await at('search-case').click();
    await at('search-regex').click();
    await at('search-input').fill('^line 29[0-4]');
    await eventually(async () => expect(await at('search-count').innerText()).toMatch(/of 5$/));
    await page.keyboard.press('Escape');
    await run('echo focus-is-back-$((1 + 1))');
    await shows('focus-is-back-2');
  });

  it('asks before it pastes several lines, and pastes one line at once', async () => {
    await signIn();
    await newTerminal();
    await paste('echo one-line-$((1 + 1))');
    await page.keyboard.press('Enter');
    await shows('one-line-2');
    await paste('echo never-$((1 + 1))\necho again-$((1 + 1))\n');
    await at('paste-dialog').waitFor();
    expect(await at('paste-text').innerText()).toContain('echo never-$((1 + 1))\necho again-$((1 + 1))');
    await at('paste-cancel').click();
    await paste('echo pasted-$((1 + 1))\necho both-$((2 + 2))');
    await at('paste-confirm').click();
    await shows('echo both');
    await page.keyboard.press('Enter');
    await shows('both-4');
    expect(await screen()).toContain('pasted-2');
    expect(await screen()).not.toContain('never-2');
  });

  it('remembers theme and text size', async () => {
    await signIn();
    await newTerminal();
    const before = await size();
    await at('settings-button').click();
    await at('theme-nord').check({ force: true });
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+=');
    await page.keyboard.press('Control+=');
    await eventually(async () => expect((await size())?.fontSize).toBe((before?.fontSize ?? 0) + 2));
    await eventually(async () => expect((await size())?.cols).toBeLessThan(before?.cols ?? 0));
    await page.reload();
    await shows(/\S/);
    expect(await page.locator('html').getAttribute('data-theme')).toBe('nord');
    expect((await size())?.fontSize).toBe((before?.fontSize ?? 0) + 2);
  });

  it('shows a terminal at the size that another window gave it until someone types here', async () => {
    await signIn();
    await newTerminal();
    const link = page.url();
    const second = new ConsolePage(await ui.context.newPage());
    await second.page.setViewportSize({ width: 800, height: 500 });
    const first = ui;
    look(second);
    await page.goto(link);
    await signIn();
    await at('size-chip').waitFor();
    // The first window may still have been finding its own.
    const desktop = await eventually(async () => {
      const owner = await first.size();
      expect(await size()).toMatchObject({ cols: owner?.cols, rows: owner?.rows });
      return owner;
    });
    await shows(/\S/);
    await run('stty size');
    await eventually(async () => expect((await size())?.cols).toBeLessThan(desktop?.cols ?? 0));
    const small = await size();
    await at('size-chip').waitFor({ state: 'hidden' });
    look(first);
    await at('size-chip').waitFor();
    await at('size-chip').getByRole('button').click();
    // What fits the window: not always the size it had before, as the sidebar may have changed meanwhile.
    await eventually(async () => expect((await size())?.cols).toBeGreaterThan(small?.cols ?? 0));
    await at('size-chip').waitFor({ state: 'hidden' });
  });

  it('stays signed in over a reload, and signs out for good', async () => {
    await signIn();
    await page.reload();
    await at('console').waitFor();
    await at('account-button').click();
    await at('sign-out').click();
    await at('login-page').waitFor();
    await page.reload();
    await at('login-page').waitFor();
  });

  it('keeps several tabs of one stored login signed in while tokens rotate', async () => {
    await at('login-stay').check();
    await signIn();
    const others = await Promise.all([1, 2, 3].map(() => ui.context.newPage()));
    await Promise.all(others.map((each) => each.goto(server.baseUrl)));
    await Promise.all([page, ...others].map((each) => each.reload()));
    for (const each of [page, ...others]) await each.getByTestId('console').waitFor();
  });

  it('can be used on a phone: drawer, key row, and a keyboard that resizes nothing', async () => {
    await ui.context.close();
    await openPage(PHONE, true);
    await signIn();
    await at('toggle-sidebar').tap();
    await at('new-terminal').tap();
    await shows(/\S/);
    await page.keyboard.type('cat');
    await page.keyboard.press('Enter');
    await at('key-ctrl').tap();
    await page.keyboard.type('c');
    await shows('^C');
    await page.keyboard.type('echo phon');
    await at('key-slash').tap();
    await shows('phon/');
    const before = await size();
    await page.setViewportSize({ width: PHONE.width, height: 420 });
    await eventually(async () => expect(await page.locator('html').getAttribute('data-keyboard')).toBe('open'));
    expect(await size()).toEqual(before);
  });
});
