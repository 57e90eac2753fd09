import type { Api, NewSecret } from './api';
import { copyText } from './clipboard';
import { withIdentity } from './confirm-identity';
import { h, replaceChildren, type Child } from './dom';
import { sentence } from './errors';
import { qrCode } from './qr-code';

/** A secret in groups that people can type. */
const GROUP = /.{4}(?=.)/g;

/** From the secret to the recovery codes: what the user does to put an account into an authenticator app. */
export class TwoFactorSetup {
  readonly element = h('div', { class: 'two-factor', testid: 'two-factor-setup' });
  private readonly code = h('input', {
    class: 'input',
    type: 'text',
    inputmode: 'numeric',
    autocomplete: 'one-time-code',
    maxlength: 7,
    testid: 'two-factor-code',
  });
  private readonly problem = h('p', { class: 'form-error', role: 'alert', hidden: true, testid: 'two-factor-error' });

  constructor(
    private readonly api: Api,
    private readonly onDone: () => void,
  ) {}

  async begin(): Promise<void> {
    this.show(h('p', { class: 'hint' }, 'Making a secret …'));
    try {
      this.showSecret(await withIdentity(this.api, () => this.api.enrollSecondFactor()));
    } catch (error) {
      this.show(
        h('p', { class: 'form-error', role: 'alert' }, sentence(error)),
        h('button', { class: 'button', type: 'button', onclick: () => void this.begin() }, 'Try again'),
      );
    }
  }

  private showSecret({ secret, uri }: NewSecret): void {
    this.show(
      h('p', null, 'Scan this with your authenticator app, or type the key into it.'),
      qrCode(uri),
      h('a', { href: uri }, 'Open the authenticator app on this device'),
      h('code', { class: 'two-factor-secret', testid: 'two-factor-secret' }, secret.replace(GROUP, '$& ')),
      h('label', { class: 'field' }, h('span', null, 'Code that the app shows now'), this.code),
      this.problem,
      button('Confirm', 'two-factor-confirm', () => void this.confirm()),
    );
    this.code.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      void this.confirm();
    });
    this.code.focus();
  }

  private async confirm(): Promise<void> {
    try {
      this.showRecoveryCodes(await this.api.confirmSecondFactor(this.code.value));
    } catch (error) {
      this.problem.textContent = sentence(error);
      this.problem.hidden = false;
      this.code.select();
    }
  }

  private showRecoveryCodes(codes: readonly string[]): void {
    this.show(recoveryCodeList(codes), button('I have saved them', 'two-factor-done', this.onDone));
  }

  private show(...children: readonly Child[]): void {
    replaceChildren(this.element, ...children);
  }
}

/** Shown once: whoever does not save them now has to make new ones. */
export function recoveryCodeList(codes: readonly string[]): HTMLElement {
  const copy = h('button', { class: 'button button-small', type: 'button' }, 'Copy');
  copy.addEventListener('click', () => {
    void copyText(codes.join('\n')).then((copied) => (copy.textContent = copied ? 'Copied' : 'Copy them by hand'));
  });
  return h(
    'div',
    { class: 'two-factor' },
    h(
      'p',
      null,
      'Save these recovery codes. Each is good once, when you do not have the app. They are not shown again.',
    ),
    h('pre', { class: 'two-factor-codes', testid: 'recovery-codes' }, codes.join('\n')),
    copy,
  );
}

function button(label: string, testid: string, onclick: () => void): HTMLElement {
  return h('button', { class: 'button button-primary button-wide', type: 'button', testid, onclick }, label);
}
