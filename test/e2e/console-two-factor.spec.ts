import type { Browser } from 'playwright-core';
import { Authenticator } from '../support/authenticator';
import { launchChromium } from '../support/chromium';
import { ConsolePage } from '../support/console-page';
import { startServer, type TestServer } from '../support/server';

describe('two-factor sign-in in the console', () => {
  let server: TestServer;
  let browser: Browser;
  let ui: ConsolePage;
  let app: Authenticator;
  let recoveryCodes: string[];

  const at = (testId: string) => ui.at(testId);

  beforeAll(async () => {
    server = await startServer({ TOTP_REQUIRED_FOR_ADMINS: 'true' });
    browser = await launchChromium();
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  beforeEach(async () => {
    ui = await ConsolePage.open(browser, server.baseUrl);
    await ui.enter(server.admin);
  });

  afterEach(() => ui.context.close());

  it('shows an administrator nothing but the enrolment, and then everything', async () => {
    await at('enrollment-page').waitFor();
    await ui.page.getByRole('img', { name: 'QR code for an authenticator app' }).waitFor();
    await ui.picture('enrollment');
    app = new Authenticator((await at('two-factor-secret').innerText()).replaceAll(' ', ''));
    await at('two-factor-code').fill(app.wrongCode());
    await at('two-factor-confirm').click();
    await at('two-factor-error').waitFor();
    await at('two-factor-code').fill(app.code(Date.now(), -1));
    await at('two-factor-code').press('Enter');
    recoveryCodes = (await at('recovery-codes').innerText()).split('\n');
    expect(recoveryCodes).toHaveLength(10);
    await ui.picture('recovery-codes');
    await at('two-factor-done').click();
    await at('console').waitFor();
  });

  it('asks for a code at the next login, and says when it is wrong', async () => {
    await at('login-code').fill(app.wrongCode());
    await at('login-submit').click();
    await ui.page.getByText('That code is not right').waitFor();
    await at('login-code').fill(app.code());
    await at('login-submit').click();
    await at('console').waitFor();
  });

  it('takes a recovery code instead', async () => {
    await at('login-code').fill(recoveryCodes[0] ?? '');
    await at('login-submit').click();
    await at('console').waitFor();
  });
});
