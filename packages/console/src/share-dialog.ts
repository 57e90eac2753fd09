import type { Api, NewShare, Share } from './api';
import { copyText } from './clipboard';
import { ask } from './dialog';
import { h, replaceChildren } from './dom';
import { sentence } from './errors';
import type { Toasts } from './toasts';

const HOUR = 3600;
const TIMES: readonly (readonly [seconds: number, label: string])[] = [
  [HOUR, 'One hour'],
  [8 * HOUR, 'Eight hours'],
  [24 * HOUR, 'One day'],
  [7 * 24 * HOUR, 'One week'],
];
const ACCESS: readonly (readonly [NewShare['access'], string])[] = [
  ['view', 'Watch'],
  ['request-write', 'Watch, and ask to type'],
];

/** Makes links into one terminal, and takes them back. */
export async function openShare(
  api: Api,
  { id, label }: { readonly id: string; readonly label: string },
  toasts: Toasts,
): Promise<void> {
  const access = select('share-access', ACCESS);
  const time = select(
    'share-time',
    TIMES.map(([seconds, text]) => [String(seconds), text] as const),
  );
  const link = h('input', { class: 'input', type: 'text', readonly: true, testid: 'share-url' });
  const copy = h('button', { class: 'button', type: 'button', testid: 'share-copy' }, 'Copy');
  const made = h(
    'div',
    { class: 'share-made', hidden: true },
    h('p', { class: 'form-note' }, 'Shown only now. It opens this terminal for whoever has it and can sign in.'),
    h('div', { class: 'share-link' }, link, copy),
  );
  const list = h('ul', { class: 'shares', testid: 'share-list' });
  copy.addEventListener('click', () => {
    void copyText(link.value).then((copied) => copied && toasts.info('The link is in the clipboard.'));
  });

  const refresh = async (): Promise<void> => {
    const shares = await api.shares(id);
    replaceChildren(list, ...shares.map((share) => row(share, () => void revoke(share))));
  };
  const revoke = async (share: Share): Promise<void> => {
    try {
      await api.revokeShare(id, share.id);
    } catch (error) {
      toasts.error(sentence(error));
    }
    await refresh().catch(() => undefined);
  };
  const problem = h('p', { class: 'form-error', role: 'alert', hidden: true, testid: 'share-problem' });
  const create = async (): Promise<void> => {
    problem.hidden = true;
    try {
      const wish = { access: access.value as NewShare['access'], expiresInSeconds: Number(time.value) };
      const { url } = await api.createShare(id, wish);
      link.value = `${location.origin}${url}`;
      made.hidden = false;
      await refresh();
      link.select();
    } catch (error) {
      problem.textContent = sentence(error);
      problem.hidden = false;
    }
  };

  void refresh().catch(() => undefined);
  await ask<boolean>({
    title: `Share “${label}”`,
    testid: 'share-dialog',
    body: [
      h('label', { class: 'setting' }, h('span', null, 'Whoever has the link may'), access),
      h('label', { class: 'setting' }, h('span', null, 'For'), time),
      h(
        'button',
        { class: 'button button-primary', type: 'button', testid: 'share-create', onclick: () => void create() },
        'Create a link',
      ),
      problem,
      made,
      list,
    ],
    buttons: [{ label: 'Done', value: true, testid: 'share-done' }],
  });
}

function select<T extends string>(testid: string, choices: readonly (readonly [T, string])[]): HTMLSelectElement {
  return h('select', { class: 'input', testid }, ...choices.map(([value, label]) => h('option', { value }, label)));
}

function row({ access, label, uses, expiresAt }: Share, revoke: () => void): HTMLElement {
  const may = access === 'view' ? 'Watch' : 'Watch, and ask to type';
  const used = uses === 1 ? 'used once' : `used ${uses} times`;
  return h(
    'li',
    null,
    h('span', null, `${label ?? may}, until ${new Date(expiresAt).toLocaleString()}, ${used}`),
    h('button', { class: 'button button-small', type: 'button', testid: 'share-revoke', onclick: revoke }, 'Take back'),
  );
}
