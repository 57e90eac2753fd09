import type { ProjectRole } from '../projects/project-role';
import type { UserRole } from '../users/user-role';

/** Whom a profile can be meant for: administrators of the server, owners of a project, those who type in it. */
export type ProfileRole = 'admin' | 'owner' | 'writer';

export const PROFILE_ROLES = ['admin', 'owner', 'writer'] as const satisfies readonly ProfileRole[];

/** Somebody who wants a terminal, as far as it decides about profiles. */
export interface ProfileCaller {
  readonly role: UserRole;
  readonly projectRole: ProjectRole;
}

/** Administrators are owners everywhere; owners also do what writers do. Viewers start nothing. */
export function profileRolesOf({ role, projectRole }: ProfileCaller): readonly ProfileRole[] {
  if (role === 'admin') return ['admin', 'owner', 'writer'];
  if (projectRole === 'owner') return ['owner', 'writer'];
  return projectRole === 'writer' ? ['writer'] : [];
}
