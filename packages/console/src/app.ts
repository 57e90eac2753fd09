import type { AuthState, AuthStore } from './auth-store';
import { consolePage } from './console-page';
import { h, replaceChildren } from './dom';
import { sentence } from './errors';
import { logo } from './icons';
import { LoginPage } from './login-page';
import type { Observable } from './observable';
import type { Settings } from './settings';
import { Viewport } from './viewport';

const RETRY_MS = 3_000;

/** Shows the login or the console, whichever the state of the login asks for. */
export class App {
  private readonly viewport = new Viewport();
  private page: { dispose(): void } | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly auth: AuthStore,
    private readonly settings: Observable<Settings>,
  ) {}

  async start(): Promise<void> {
    replaceChildren(this.root, splash('Signing in …'));
    for (;;) {
      try {
        await this.auth.restore();
        break;
      } catch (error) {
        replaceChildren(this.root, splash(sentence(error)));
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    this.auth.state.watch((state) => this.show(state));
  }

  private show(state: AuthState): void {
    this.page?.dispose();
    this.page = undefined;
    for (const dialog of document.querySelectorAll('dialog')) dialog.close();
    if (state.name === 'signed-out') {
      const login = new LoginPage(this.auth, state.reason);
      replaceChildren(this.root, login.element);
      login.focus();
      return;
    }
    const { auth, settings, viewport } = this;
    const page = consolePage({
      auth,
      settings,
      viewport,
      user: state.user,
      restart: () => this.show(this.auth.state.value),
    });
    replaceChildren(this.root, page.element);
    this.page = page;
  }
}

function splash(text: string): HTMLElement {
  return h('div', { class: 'splash', role: 'status', testid: 'splash' }, logo(), h('p', null, text));
}
