import type { Api, TwoFactorStatus } from './api';
import { withIdentity } from './confirm-identity';
import { ask, type DialogButton } from './dialog';
import { h } from './dom';
import { recoveryCodeList, TwoFactorSetup } from './two-factor-setup';

type Choice = 'set-up' | 'new-codes' | 'remove';

/** Shows how the account is protected and lets the user change it. Rejects with what the server refused. */
export async function twoFactorDialog(api: Api): Promise<void> {
  const status = await api.twoFactor();
  const choice = await ask<Choice>({
    title: 'Two-factor sign-in',
    testid: 'two-factor-dialog',
    body: [h('p', null, describe(status))],
    buttons: choices(status),
  });
  switch (choice) {
    case 'set-up':
      return setUp(api);
    case 'new-codes':
      return showCodes(await withIdentity(api, () => api.replaceRecoveryCodes()));
    case 'remove':
      await withIdentity(api, () => api.removeSecondFactor());
      return;
    case undefined:
      return;
  }
}

function describe({ enrolled, required, recoveryCodesLeft }: TwoFactorStatus): string {
  if (!enrolled)
    return 'Signing in asks for your password only. With an authenticator app, a password alone is worth nothing.';
  const left = `Recovery codes left: ${recoveryCodesLeft}.`;
  return `Signing in asks for a code of your authenticator app. ${left}${required ? ' Your account needs it.' : ''}`;
}

function choices({ enrolled, required }: TwoFactorStatus): DialogButton<Choice>[] {
  if (!enrolled) return [{ label: 'Set up', value: 'set-up', kind: 'primary', testid: 'two-factor-set-up' }];
  return [
    ...(required ? [] : [{ label: 'Turn off', value: 'remove', testid: 'two-factor-remove' } as const]),
    { label: 'New recovery codes', value: 'new-codes' },
    { label: 'Change app', value: 'set-up', kind: 'primary' },
  ];
}

async function setUp(api: Api): Promise<void> {
  const close = (): void => setup.element.closest('dialog')?.close();
  const setup = new TwoFactorSetup(api, close);
  void setup.begin();
  await ask({ title: 'Set up two-factor sign-in', testid: 'two-factor-dialog', body: [setup.element], buttons: [] });
}

async function showCodes(codes: readonly string[]): Promise<void> {
  const buttons = [{ label: 'I have saved them', value: true, kind: 'primary' as const }];
  await ask({ title: 'Recovery codes', testid: 'recovery-dialog', body: [recoveryCodeList(codes)], buttons });
}
