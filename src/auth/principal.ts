import type { UserRole } from '../users/user-role';

/** Who calls, by which login, and until when that is known to be true. */
export interface Principal {
  readonly userId: string;
  readonly email: string;
  readonly role: UserRole;
  /** The login family; ends with logout. */
  readonly loginId: string;
  /** When the access token behind this ends, in Unix milliseconds. */
  readonly expiresAtMs: number;
}
