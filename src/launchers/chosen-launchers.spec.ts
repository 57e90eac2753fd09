import { loadConfig } from '../../config/environment';
import { defaultProfile, type LaunchProfile } from '../launch-profiles/launch-profile';
import type { Launch } from '../pty-host/wire/host-messages';
import { ChosenLaunchers } from './chosen-launchers';
import type { LauncherChooser } from './launcher-chooser';
import type { LauncherName } from './launchers';
import type { Tenancy } from './tenancy';

const LAUNCH: Launch = { program: '/bin/sh', args: [], cwd: '/', env: {} };
const PRODUCTION = { NODE_ENV: 'production', JWT_SECRET: 'a secret of production, which is long enough to be one' };

function launchersWith(
  name: LauncherName | undefined,
  { env = {}, users = 2 }: { env?: Record<string, string>; users?: number } = {},
) {
  const launcher = name && { name, isSandbox: name === 'bubblewrap', launch: () => LAUNCH };
  const choice = { launcher: name, why: 'a test', selfTests: [] };
  const chooser: Pick<LauncherChooser, 'choose' | 'takePlaces' | 'chosen'> = {
    choose: async () => ({ launcher, choice }),
    takePlaces: () => undefined,
    chosen: choice,
  };
  const tenancy: Pick<Tenancy, 'hasManyUsers'> = { hasManyUsers: async () => users > 1 };
  return new ChosenLaunchers(loadConfig(env), chooser as LauncherChooser, tenancy as Tenancy);
}

function request(profile: Partial<LaunchProfile> = {}) {
  return {
    session: { id: 'session_1_a', projectId: 'default' },
    user: { id: 'u', email: 'ada@example.com' },
    profile: { ...defaultProfile({ program: '/bin/sh', network: 'host' }), ...profile },
    workspace: '/workspaces/default',
    home: '/homes/u',
  };
}

describe('in production', () => {
  it('direct is refused as soon as there are several users, unless that was said to be wanted', async () => {
    await expect(launchersWith('direct', { env: PRODUCTION }).launch(request())).rejects.toMatchObject({
      code: 'launcher_unsafe',
    });
    await expect(launchersWith('direct', { env: PRODUCTION, users: 1 }).launch(request())).resolves.toBe(LAUNCH);
    const wanted = { ...PRODUCTION, ALLOW_UNSAFE_DIRECT: 'true' };
    await expect(launchersWith('direct', { env: wanted }).launch(request())).resolves.toBe(LAUNCH);
  });

  it('terminals of several users have no network, as far as the launcher can take it away', async () => {
    expect(await launchersWith('bubblewrap', { env: PRODUCTION }).defaultNetwork()).toBe('none');
    expect(await launchersWith('bubblewrap', { env: PRODUCTION, users: 1 }).defaultNetwork()).toBe('host');
    expect(await launchersWith('uid', { env: PRODUCTION }).defaultNetwork()).toBe('host');
    const named = { ...PRODUCTION, TERMINAL_NETWORK: 'host' };
    expect(await launchersWith('bubblewrap', { env: named }).defaultNetwork()).toBe('host');
  });
});

it('direct is allowed outside of production, and the network is the host’s', async () => {
  await expect(launchersWith('direct').launch(request())).resolves.toBe(LAUNCH);
  expect(await launchersWith('bubblewrap').defaultNetwork()).toBe('host');
});

it('I-17: nothing is launched without a launcher', async () => {
  await expect(launchersWith(undefined).launch(request())).rejects.toMatchObject({ code: 'launcher_unavailable' });
});

it.each(['uid', 'direct', 'command'] as const)('%s refuses what only a sandbox can keep', async (name) => {
  for (const profile of [{ view: 'strict' }, { network: 'none' }] as const)
    await expect(launchersWith(name).launch(request(profile))).rejects.toMatchObject({ code: 'launcher_unavailable' });
});
