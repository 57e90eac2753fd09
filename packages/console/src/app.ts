import { Api } from './api';
import type { AuthState, AuthStore } from './auth-store';
import { consolePage } from './console-page';
import { h, replaceChildren } from './dom';
import { enrollmentPage } from './enrollment-page';
import { logo } from './icons';
import { LoginPage } from './login-page';
import type { Observable } from './observable';
import type { Settings } from './settings';
import { untilReached } from './until-reached';
import { Viewport } from './viewport';

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
    const wait = (error: Error): void => replaceChildren(this.root, splash(error.message));
    await untilReached(() => this.auth.restore(), wait);
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
    if (state.name === 'enrolling') {
      replaceChildren(this.root, enrollmentPage(auth, new Api(auth)));
      return;
    }
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
