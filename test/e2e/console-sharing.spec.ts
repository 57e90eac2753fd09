import type { Browser } from 'playwright-core';
import { Api } from '../support/api';
import { launchChromium } from '../support/chromium';
import { ConsolePage } from '../support/console-page';
import { eventually } from '../support/eventually';
import { person, type TestPerson } from '../support/people';
import { startServer, type TestServer } from '../support/server';

describe('sharing a terminal in the console', () => {
  let server: TestServer;
  let browser: Browser;
  let alice: TestPerson;
  let bob: TestPerson;
  const pages: ConsolePage[] = [];

  beforeAll(async () => {
    server = await startServer();
    browser = await launchChromium();
    const admin = await Api.login(server);
    alice = await person(server, admin, 'alice');
    bob = await person(server, admin, 'bob');
    await alice.api.request('POST', '/api/projects', { id: 'alices', name: 'Alice’s' });
  }, 300_000);

  afterAll(async () => {
    for (const { context } of pages) await context.close();
    await browser?.close();
    await server?.stop();
  });

  async function signIn(someone: TestPerson, url = server.baseUrl): Promise<ConsolePage> {
    const ui = await ConsolePage.open(browser, url, { viewport: { width: 1000, height: 640 } });
    pages.push(ui);
    await ui.signIn(someone);
    return ui;
  }

  async function run(ui: ConsolePage, line: string): Promise<void> {
    await ui.page.locator('.xterm-helper-textarea:visible').first().focus();
    await ui.run(line);
  }

  it('shows it to whoever has the link, lets them type when asked, and sends them away', async () => {
    const hers = await signIn(alice);
    await hers.page.keyboard.press('Control+Shift+Enter');
    await hers.shows('bash-');
    await run(hers, 'echo "from alice: $((40 + 2))"');
    await hers.shows('from alice: 42');

    await hers.at('session-menu').first().click();
    await hers.at('menu-share').click();
    await hers.at('share-access').selectOption('request-write');
    await hers.at('share-create').click();
    await eventually(async () => expect(await hers.at('share-url').inputValue()).toContain('/#/share/'));
    const link = await hers.at('share-url').inputValue();
    await hers.picture('share-dialog');
    await hers.at('share-done').click();

    const his = await signIn(bob, link);
    await his.shows('from alice: 42');
    expect(his.page.url()).not.toContain(link.slice(link.lastIndexOf('/')));
    await his.at('viewer-banner').waitFor();
    await his.at('ask-write').click();
    await hers.at('write-request').waitFor();
    await hers.picture('write-request');
    await hers.at('write-allow').click();
    await his.at('viewer-banner').waitFor({ state: 'hidden' });
    await run(his, 'echo "from bob: $((6 * 7))"');
    await hers.shows('from bob: 42');

    await hers.at('people-chip').click();
    await hers.says('people-list', bob.email);
    await hers.picture('people');
    await hers.at('kick').click();
    await his.at('exit-bar').waitFor();
    await his.says('exit-text', 'sent away');
    await his.picture('kicked');
    await hers.at('people-chip').waitFor({ state: 'hidden' });
    await run(hers, 'echo "still alice"');
    await hers.shows('still alice');
  });

  it('gives a guest the terminal back after a reload, and takes it when the link is taken back', async () => {
    const hers = await signIn(alice);
    await hers.page.keyboard.press('Control+Shift+Enter');
    await hers.shows('bash-');
    const { body } = await alice.api.request<{ items: { id: string }[] }>('GET', '/api/sessions?status=running');
    const sessionId = body.items.at(-1)?.id ?? '';
    const wish = { access: 'view', expiresInSeconds: 600 };
    const shares = `/api/sessions/${sessionId}/shares`;
    const { id, url } = (await alice.api.request<{ id: string; url: string }>('POST', shares, wish)).body;
    const his = await signIn(bob, `${server.baseUrl}${url}`);
    await his.at('viewer-banner').waitFor();
    expect(await his.at('ask-write').isVisible()).toBe(false);
    await his.page.reload();
    await his.at('viewer-banner').waitFor();
    await alice.api.request('DELETE', `${shares}/${id}`);
    await his.at('exit-bar').waitFor();
    await his.says('exit-text', 'no longer shared');
  });
});
