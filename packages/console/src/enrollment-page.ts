import type { Api } from './api';
import type { AuthStore } from './auth-store';
import { h } from './dom';
import { sentence } from './errors';
import { logo } from './icons';
import { TwoFactorSetup } from './two-factor-setup';

/** What somebody sees whose account needs a second factor before anything else. */
export function enrollmentPage(auth: AuthStore, api: Api): HTMLElement {
  const problem = h('p', { class: 'form-error', role: 'alert', hidden: true });
  const enter = (): void => {
    auth.enrolled().catch((error: unknown) => {
      problem.textContent = sentence(error);
      problem.hidden = false;
    });
  };
  const setup = new TwoFactorSetup(api, enter);
  void setup.begin();
  return h(
    'main',
    { class: 'login', testid: 'enrollment-page' },
    h(
      'div',
      { class: 'login-card' },
      h('div', { class: 'login-brand' }, logo(), h('h1', null, 'Holdfast')),
      h('p', { class: 'login-claim' }, 'Your account needs a second factor.'),
      setup.element,
      problem,
      h('button', { class: 'button', type: 'button', onclick: () => void auth.signOut() }, 'Sign out'),
    ),
  );
}
