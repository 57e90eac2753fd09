import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../support/chromium';
import { eventually } from '../support/eventually';
import { startServer, type TestServer } from '../support/server';

type Held = typeof globalThis & { holdfast: { screenText(): string } };

/** The old screen, the line between, and what the new process prints. */
const CONTINUED = /old-output[\s\S]*── machine or host was lost at .+ UTC; this is a new process ──[\s\S]*new-output/;

describe('the console after the host was lost', () => {
  let server: TestServer;
  let browser: Browser;
  let page: Page;

  const at = (testId: string) => page.getByTestId(testId);
  const shows = (text: string | RegExp) =>
    eventually(
      async () => expect(await page.evaluate(() => (globalThis as Held).holdfast.screenText())).toMatch(text),
      60_000,
    );

  async function run(line: string): Promise<void> {
    await page.keyboard.type(line);
    await page.keyboard.press('Enter');
  }

  /** For whoever wants to look: HOLDFAST_SCREENSHOTS=/tmp/shots */
  async function picture(name: string): Promise<void> {
    const directory = process.env['HOLDFAST_SCREENSHOTS'];
    if (directory) await page.screenshot({ path: path.join(directory, `${name}.png`) });
  }

  beforeAll(async () => {
    server = await startServer();
    browser = await launchChromium();
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  beforeEach(async () => {
    page = await (await browser.newContext({ viewport: { width: 1200, height: 760 } })).newPage();
    await page.goto(server.baseUrl);
    await at('login-email').fill(server.admin.email);
    await at('login-password').fill(server.admin.password);
    await at('login-submit').click();
    await at('console').waitFor();
    await page.keyboard.press('Control+Shift+Enter');
    await shows(/\S/);
    await run('echo old-""output');
    await shows('old-output');
  });

  afterEach(() => page.context().close());

  it('shows the old screen, the seam and a prompt that works in the same tab', async () => {
    server.loseHost();
    await shows(/this is a new process/);
    await run('echo new-""output');
    await shows(CONTINUED);
    expect(await at('exit-bar').isVisible()).toBe(false);
    expect(await at('tab').count()).toBe(1);
    await picture('host-lost');
  });

  it('says what was typed for the lost process when the machine was away', async () => {
    await server.kill();
    server.loseHost();
    await eventually(async () => expect(await at('connection').getAttribute('data-state')).not.toBe('online'));
    await page.keyboard.type('never-typed');
    await server.run();
    await shows(/this is a new process/);
    await page.getByText(/was not sent/).waitFor();
    await run('echo new-""output');
    await shows(CONTINUED);
    expect(await page.evaluate(() => (globalThis as Held).holdfast.screenText())).not.toContain('never-typed');
    await picture('machine-lost');
  });
});
