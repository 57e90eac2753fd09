import type { Api } from './api';
import { ask } from './dialog';
import { h } from './dom';
import { ApiError, sentence } from './errors';

/** Does what may be dangerous; when the server wants to know first who it is, asks, and does it again. */
export async function withIdentity<T>(api: Api, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'step_up_required') throw error;
    if (!(await confirmIdentity(api))) throw error;
    return call();
  }
}

/** Asks for password and code again. Resolves with whether they were right. */
async function confirmIdentity(api: Api): Promise<boolean> {
  const password = h('input', { class: 'input', type: 'password', autocomplete: 'current-password', required: true });
  const code = h('input', { class: 'input', type: 'text', autocomplete: 'one-time-code', maxlength: 40 });
  const confirmed = await ask<boolean>({
    title: 'Confirm that it is you',
    testid: 'confirm-identity',
    body: [
      h('label', { class: 'field' }, h('span', null, 'Password'), password),
      h('label', { class: 'field' }, h('span', null, 'One-time code, if you have an authenticator app'), code),
    ],
    buttons: [
      { label: 'Cancel', value: false },
      { label: 'Confirm', value: true, kind: 'primary' },
    ],
    focus: password,
    check: (sure) =>
      sure ? api.stepUp(password.value, code.value.trim() || undefined).then(() => undefined, sentence) : undefined,
  });
  return confirmed ?? false;
}
