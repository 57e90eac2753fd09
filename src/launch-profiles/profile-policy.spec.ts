import { DEFAULT_LIMITS } from './launch-profile';
import { type DescribedProfile, type ProfileAssignment, usableProfiles } from './profile-policy';
import type { ProfileCaller } from './profile-role';

const PROFILES = ['default', 'strict', 'lab'].map((name): DescribedProfile => ({
  name,
  description: '',
  program: '/bin/bash',
  args: [],
  view: 'full',
  binaries: [],
  network: 'none',
  limits: DEFAULT_LIMITS,
  env: {},
}));
const ADMIN: ProfileCaller = { role: 'admin', projectRole: 'owner' };
const OWNER: ProfileCaller = { role: 'member', projectRole: 'owner' };
const WRITER: ProfileCaller = { role: 'member', projectRole: 'writer' };
const VIEWER: ProfileCaller = { role: 'member', projectRole: 'viewer' };

function usable(assignments: readonly Partial<ProfileAssignment>[], caller: ProfileCaller, projectId = 'p1'): string {
  const complete = assignments.map((given) => ({
    profile: 'strict',
    projectId: null,
    role: null,
    isDefault: false,
    ...given,
  }));
  const { profiles, defaultName } = usableProfiles({ profiles: PROFILES, assignments: complete }, caller, projectId);
  return profiles.map(({ name }) => (name === defaultName ? `[${name}]` : name)).join(' ');
}

describe('usableProfiles', () => {
  it('gives everybody who types the default one, and administrators what nobody was given yet', () => {
    expect(usable([], WRITER)).toBe('[default]');
    expect(usable([], OWNER)).toBe('[default]');
    expect(usable([], ADMIN)).toBe('[default] strict lab');
    expect(usable([], VIEWER)).toBe('');
  });

  it('gives a profile to whom it is assigned: a project, a role, or both', () => {
    expect(usable([{ projectId: 'p1' }], WRITER)).toBe('[default] strict');
    expect(usable([{ projectId: 'p1' }], WRITER, 'p10')).toBe('[default]');
    expect(usable([{ role: 'owner' }], WRITER)).toBe('[default]');
    expect(usable([{ role: 'owner' }], OWNER)).toBe('[default] strict');
    expect(usable([{ role: 'writer' }], OWNER)).toBe('[default] strict');
    expect(usable([{ projectId: 'p1', role: 'owner' }], OWNER, 'p2')).toBe('[default]');
    expect(usable([{}], VIEWER)).toBe('');
  });

  it('takes what names a project before what is said of all, and a role before everybody', () => {
    const everywhere = { isDefault: true };
    expect(usable([everywhere], WRITER)).toBe('default [strict]');
    expect(usable([everywhere, { profile: 'lab', projectId: 'p1', isDefault: true }], WRITER)).toBe(
      'default strict [lab]',
    );
    expect(usable([everywhere, { profile: 'lab', projectId: 'p2', isDefault: true }], WRITER)).toBe('default [strict]');
    expect(usable([everywhere, { profile: 'lab', role: 'owner', isDefault: true }], OWNER)).toBe(
      'default strict [lab]',
    );
    expect(usable([everywhere, { profile: 'lab', role: 'owner', isDefault: true }], WRITER)).toBe('default [strict]');
  });

  it('leaves nothing but strict ones where the default one is for administrators', () => {
    const closed = [{ profile: 'default', role: 'admin' as const }, { isDefault: true }];
    expect(usable(closed, WRITER)).toBe('[strict]');
    expect(usable(closed, ADMIN)).toBe('default [strict] lab');
    expect(usable([{ profile: 'default', role: 'admin' }, {}], WRITER)).toBe('strict');
  });
});
