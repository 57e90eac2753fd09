import type { AuthStore } from './auth-store';
import { h } from './dom';
import { ApiError, sentence } from './errors';
import { http } from './http';
import { logo } from './icons';

/** Asks for email and password, and for a one-time code when the account has one. */
export class LoginPage {
  private readonly email = h('input', {
    class: 'input',
    type: 'email',
    name: 'email',
    autocomplete: 'username',
    required: true,
    testid: 'login-email',
  });
  private readonly password = h('input', {
    class: 'input',
    type: 'password',
    name: 'password',
    autocomplete: 'current-password',
    required: true,
    testid: 'login-password',
  });
  private readonly code = h('input', {
    class: 'input',
    type: 'text',
    name: 'code',
    inputmode: 'numeric',
    autocomplete: 'one-time-code',
    maxlength: 40,
    testid: 'login-code',
  });
  private readonly codeField = h(
    'label',
    { class: 'field', hidden: true },
    h('span', null, 'One-time code'),
    this.code,
  );
  private readonly banner = h('p', { class: 'form-note', hidden: true, testid: 'login-banner' });
  private readonly stay = h('input', { type: 'checkbox', testid: 'login-stay' });
  private readonly problem = h('p', { class: 'form-error', role: 'alert', hidden: true, testid: 'login-error' });
  private readonly submit = h(
    'button',
    { class: 'button button-primary button-wide', type: 'submit', testid: 'login-submit' },
    'Sign in',
  );
  readonly element: HTMLElement;

  constructor(
    private readonly auth: AuthStore,
    reason?: string,
  ) {
    this.element = h(
      'main',
      { class: 'login', testid: 'login-page' },
      h(
        'form',
        {
          class: 'login-card',
          novalidate: true,
          onsubmit: (event: SubmitEvent) => (event.preventDefault(), void this.signIn()),
        },
        h('div', { class: 'login-brand' }, logo(), h('h1', null, 'Holdfast')),
        h('p', { class: 'login-claim' }, 'Your terminals, still there.'),
        this.banner,
        reason ? h('p', { class: 'form-note', role: 'status', testid: 'login-reason' }, reason) : null,
        h('label', { class: 'field' }, h('span', null, 'Email'), this.email),
        h('label', { class: 'field' }, h('span', null, 'Password'), this.password),
        this.codeField,
        h('label', { class: 'check' }, this.stay, h('span', null, 'Stay signed in on this device')),
        this.problem,
        this.submit,
      ),
    );
    void this.showBanner();
  }

  focus(): void {
    this.email.focus();
  }

  /** What administrators want read before anybody logs in. */
  private async showBanner(): Promise<void> {
    const { text } = await http<{ text: string }>({ method: 'GET', path: '/api/auth/banner' }).catch(() => ({
      text: '',
    }));
    this.banner.textContent = text;
    this.banner.hidden = !text;
  }

  private async signIn(): Promise<void> {
    const email = this.email.value.trim();
    if (!email || !this.password.value)
      return this.complain('Enter your email and your password.', email ? this.password : this.email);
    this.complain('');
    this.submit.disabled = true;
    this.submit.textContent = 'Signing in …';
    try {
      const totp = this.code.value.trim() || undefined;
      await this.auth.signIn({ email, password: this.password.value, totp, stay: this.stay.checked });
    } catch (error) {
      this.explain(error);
    } finally {
      this.submit.disabled = false;
      this.submit.textContent = 'Sign in';
    }
  }

  private explain(error: unknown): void {
    if (!(error instanceof ApiError)) return this.complain(sentence(error));
    if (error.code === 'totp_required') {
      this.codeField.hidden = false;
      return this.complain('Enter the code from your authenticator app, or a recovery code.', this.code);
    }
    if (error.code === 'totp_invalid') {
      return this.complain('That code is not right, or was used. Enter the next one.', this.code);
    }
    if (error.status === 401 || error.status === 400) {
      return this.complain('That email and password do not belong together. Check both and try again.', this.password);
    }
    if (error.status === 429) return this.complain('Too many attempts. Wait a minute, then try again.');
    this.complain(error.message);
  }

  private complain(text: string, field?: HTMLInputElement): void {
    this.problem.textContent = text;
    this.problem.hidden = !text;
    field?.focus();
    field?.select();
  }
}
