import type { Principal } from '../auth/principal';
import type { ProjectRole } from '../projects/project-role';
import type { GuestPass } from '../sharing/session-grants';
import type { SessionEntity } from './session.entity';

/** What somebody may do with one session, and by what right. */
export interface SessionRights {
  readonly role: ProjectRole;
  /** Absent: as a member of the project. */
  readonly guest?: GuestPass;
  /** May let others in and let them type, and may send them away. */
  readonly manages: boolean;
}

/** Of a member. Who made a session manages it for as long as he may write; so do the owners of its project. */
export function memberRights(
  role: ProjectRole,
  { userId }: Principal,
  { ownerId }: Pick<SessionEntity, 'ownerId'>,
): SessionRights {
  return { role, manages: role === 'owner' || (role === 'writer' && ownerId === userId) };
}

/** A guest watches, whatever else he may do elsewhere. */
export function guestRights(guest: GuestPass): SessionRights {
  return { role: 'viewer', guest, manages: false };
}
