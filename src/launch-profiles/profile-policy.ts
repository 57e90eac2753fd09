import type { LaunchProfile } from './launch-profile';
import { PROFILE_ROLES, type ProfileCaller, type ProfileRole, profileRolesOf } from './profile-role';

/** The name of the profile that exists without anybody making one. */
export const DEFAULT_PROFILE = 'default';

export interface ProfileAssignment {
  readonly profile: string;
  /** Null = in every project. */
  readonly projectId: string | null;
  /** Null = everybody who may start terminals there. */
  readonly role: ProfileRole | null;
  readonly isDefault: boolean;
}

/** A profile as administrators keep it. */
export interface DescribedProfile extends LaunchProfile {
  readonly description: string;
}

/** Everything that decides which profile runs where, as it is in the database. */
export interface ProfileRules {
  readonly profiles: readonly DescribedProfile[];
  readonly assignments: readonly ProfileAssignment[];
}

export interface UsableProfiles {
  readonly profiles: readonly DescribedProfile[];
  /** What a terminal gets that names none; absent: it has to name one. */
  readonly defaultName?: string;
}

/**
 * What one caller may run in one project. A profile is for those it is assigned to; one that is assigned to nobody is for
 * administrators, except `default`, which is for everybody until it is assigned.
 */
export function usableProfiles(rules: ProfileRules, caller: ProfileCaller, projectId: string): UsableProfiles {
  const roles = profileRolesOf(caller);
  const mine = rules.assignments.filter(
    (assignment) =>
      (assignment.projectId === null || assignment.projectId === projectId) &&
      (assignment.role === null ? roles.length > 0 : roles.includes(assignment.role)),
  );
  const profiles = rules.profiles.filter(({ name }) =>
    rules.assignments.some(({ profile }) => profile === name)
      ? mine.some(({ profile }) => profile === name)
      : roles.includes(name === DEFAULT_PROFILE ? 'writer' : 'admin'),
  );
  const isUsable = (wanted: string) => profiles.some(({ name }) => name === wanted);
  const defaultName = [...defaultsOf(mine), DEFAULT_PROFILE].find(isUsable);
  return { profiles, ...(defaultName !== undefined && { defaultName }) };
}

/** What is said of the project counts before what is said of every project, and what is said of a role before what is said of all. */
function defaultsOf(assignments: readonly ProfileAssignment[]): string[] {
  const rank = ({ projectId, role }: ProfileAssignment): number =>
    (projectId === null ? PROFILE_ROLES.length + 1 : 0) +
    (role === null ? PROFILE_ROLES.length : PROFILE_ROLES.indexOf(role));
  return assignments
    .filter(({ isDefault }) => isDefault)
    .sort((one, other) => rank(one) - rank(other))
    .map(({ profile }) => profile);
}
