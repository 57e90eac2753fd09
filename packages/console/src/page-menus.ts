import type { Api } from './api';
import type { AuthStore } from './auth-store';
import { sentence } from './errors';
import type { MenuItem } from './menu';
import { changePassword } from './password-dialog';
import { targetOf, type SessionActions } from './session-actions';
import type { SessionTab } from './session-tab';
import type { Toasts } from './toasts';
import { twoFactorDialog } from './two-factor-dialog';

type Hint = (id: string) => string;

/** Right-click in a terminal. */
export function terminalItems(tab: SessionTab, hint: Hint, actions: SessionActions): MenuItem[] {
  const { view } = tab;
  const target = targetOf(tab);
  const readOnly = view.xterm.options.disableStdin;
  return [
    {
      label: 'Copy',
      hint: hint('copy'),
      disabled: !view.xterm.hasSelection(),
      run: () => void view.copy(),
      testid: 'menu-copy',
    },
    {
      label: 'Paste',
      hint: hint('paste'),
      disabled: readOnly,
      run: () => void view.pasteFromClipboard(),
      testid: 'menu-paste',
    },
    { label: 'Select all', run: () => view.xterm.selectAll() },
    { label: 'Find …', hint: hint('search'), run: () => void view.search.open() },
    'separator',
    ...(target ? actions.menu(target) : []),
  ];
}

export function accountItems(auth: AuthStore, api: Api, toasts: Toasts): MenuItem[] {
  const change = async (): Promise<void> => {
    if (await changePassword(api)) toasts.info('The password is changed.');
  };
  const twoFactor = (): void => {
    twoFactorDialog(api).catch((error: unknown) => toasts.error(sentence(error)));
  };
  return [
    { label: 'Change password …', run: () => void change() },
    { label: 'Two-factor sign-in …', run: twoFactor, testid: 'two-factor' },
    { label: 'Sign out', run: () => void auth.signOut(), testid: 'sign-out' },
  ];
}

/** The tools of the top bar, on a phone. */
export function moreItems(run: (id: string) => () => void, openSettings: () => void): MenuItem[] {
  return [
    { label: 'Find in the terminal', run: run('search') },
    { label: 'Larger text', run: run('bigger') },
    { label: 'Smaller text', run: run('smaller') },
    { label: 'Settings and themes', run: openSettings, testid: 'more-settings' },
    { label: 'Keys', run: run('help') },
  ];
}
