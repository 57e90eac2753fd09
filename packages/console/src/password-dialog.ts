import type { Api } from './api';
import { ask } from './dialog';
import { h } from './dom';
import { sentence } from './errors';

const MIN_LENGTH = 8;

/** Resolves with whether the password was changed. */
export async function changePassword(api: Api): Promise<boolean> {
  const current = h('input', { class: 'input', type: 'password', autocomplete: 'current-password', required: true });
  const next = h('input', { class: 'input', type: 'password', autocomplete: 'new-password', required: true });
  const again = h('input', { class: 'input', type: 'password', autocomplete: 'new-password', required: true });
  const field = (label: string, input: HTMLInputElement): HTMLElement =>
    h('label', { class: 'field' }, h('span', null, label), input);
  const changed = await ask<boolean>({
    title: 'Change password',
    testid: 'password-dialog',
    body: [field('Current password', current), field('New password', next), field('New password again', again)],
    buttons: [
      { label: 'Cancel', value: false },
      { label: 'Change password', value: true, kind: 'primary' },
    ],
    focus: current,
    check: async (sure) => {
      if (!sure) return undefined;
      if (next.value.length < MIN_LENGTH) return `The new password needs at least ${MIN_LENGTH} characters.`;
      if (next.value !== again.value) return 'The two new passwords are not the same.';
      return api.changePassword(current.value, next.value).then(() => undefined, sentence);
    },
  });
  return changed ?? false;
}
