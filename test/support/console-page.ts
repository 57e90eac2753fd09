import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { eventually } from './eventually';

interface Credentials {
  readonly email: string;
  readonly password: string;
}

export interface ConsolePageOptions {
  readonly viewport?: typeof DESKTOP;
  readonly touch?: boolean;
  /** Before anything is loaded. */
  readonly onPage?: (page: Page) => void;
}

export interface TerminalSize {
  readonly cols: number;
  readonly rows: number;
  readonly fontSize: number;
}

type Held = typeof globalThis & { holdfast: { screenText(): string; size(): TerminalSize | undefined } };

export const DESKTOP = { width: 1200, height: 760 };
export const PHONE = { width: 390, height: 780 };

/** The console in a browser's page, as somebody at the keyboard uses it. */
export class ConsolePage {
  constructor(readonly page: Page) {}

  /** In a profile of its own. */
  static async open(
    browser: Browser,
    url: string,
    { viewport = DESKTOP, touch = false, onPage }: ConsolePageOptions = {},
  ): Promise<ConsolePage> {
    const context = await browser.newContext({ viewport, hasTouch: touch, colorScheme: 'dark' });
    const page = await context.newPage();
    onPage?.(page);
    await page.goto(url);
    return new ConsolePage(page);
  }

  get context(): BrowserContext {
    return this.page.context();
  }

  readonly at = (testId: string) => this.page.getByTestId(testId);

  async enter({ email, password }: Credentials): Promise<void> {
    await this.at('login-email').fill(email);
    await this.at('login-password').fill(password);
    await this.at('login-submit').click();
  }

  async signIn(credentials: Credentials): Promise<void> {
    await this.enter(credentials);
    await this.at('console').waitFor();
  }

  /** Screen and scrollback of the terminal in front. */
  screen(): Promise<string> {
    return this.page.evaluate(() => (globalThis as Held).holdfast.screenText());
  }

  size(): Promise<TerminalSize | undefined> {
    return this.page.evaluate(() => (globalThis as Held).holdfast.size());
  }

  async shows(text: string | RegExp, withinMs?: number): Promise<void> {
    await eventually(async () => expect(await this.screen()).toMatch(text), withinMs);
  }

  /** What is on the page in such an element; news arrive in their own time. */
  async says(testId: string, text: string | RegExp): Promise<void> {
    await eventually(async () => expect(await this.at(testId).innerText()).toMatch(text));
  }

  /** Types a line where the keyboard is. */
  async run(line: string): Promise<void> {
    await this.page.keyboard.type(line);
    await this.page.keyboard.press('Enter');
  }

  /** A new terminal whose shell has said something, so that it listens. */
  async newTerminal(): Promise<void> {
    const before = await this.at('tab').count();
    await this.page.keyboard.press('Control+Shift+Enter');
    await eventually(async () => expect(await this.at('tab').count()).toBe(before + 1));
    await this.shows(/\S/);
  }

  /** For whoever wants to look: HOLDFAST_SCREENSHOTS=/tmp/shots */
  async picture(name: string): Promise<void> {
    const directory = process.env['HOLDFAST_SCREENSHOTS'];
    if (directory) await this.page.screenshot({ path: path.join(directory, `${name}.png`) });
  }
}
