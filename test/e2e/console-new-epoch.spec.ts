import type { Browser } from 'playwright-core';
import { launchChromium } from '../support/chromium';
import { ConsolePage } from '../support/console-page';
import { eventually } from '../support/eventually';
import { startServer, type TestServer } from '../support/server';

/** The old screen, the line between, and what the new process prints. */
const CONTINUED = /old-output[\s\S]*── machine or host was lost at .+ UTC; this is a new process ──[\s\S]*new-output/;

/** A new host and a new shell, on a loaded machine. */
const NEW_PROCESS_MS = 60_000;

describe('the console after the host was lost', () => {
  let server: TestServer;
  let browser: Browser;
  let ui: ConsolePage;

  const at = (testId: string) => ui.at(testId);
  const shows = (text: string | RegExp) => ui.shows(text, NEW_PROCESS_MS);

  beforeAll(async () => {
    server = await startServer();
    browser = await launchChromium();
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  beforeEach(async () => {
    ui = await ConsolePage.open(browser, server.baseUrl);
    await ui.signIn(server.admin);
    await ui.newTerminal();
    await ui.run('echo old-""output');
    await shows('old-output');
  });

  afterEach(() => ui.context.close());

  it('shows the old screen, the seam and a prompt that works in the same tab', async () => {
    server.loseHost();
    await shows(/this is a new process/);
    await ui.run('echo new-""output');
    await shows(CONTINUED);
    await at('exit-bar').waitFor({ state: 'hidden' });
    expect(await at('tab').count()).toBe(1);
    await ui.picture('host-lost');
  });

  it('says what was typed for the lost process when the machine was away', async () => {
    await server.kill();
    server.loseHost();
    await eventually(async () => expect(await at('connection').getAttribute('data-state')).not.toBe('online'));
    await ui.page.keyboard.type('never-typed');
    await server.run();
    await shows(/this is a new process/);
    await ui.page.getByText(/was not sent/).waitFor();
    await ui.run('echo new-""output');
    await shows(CONTINUED);
    expect(await ui.screen()).not.toContain('never-typed');
    await ui.picture('machine-lost');
  });
});
