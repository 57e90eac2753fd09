import { z } from 'zod';

export const USER_ROLES = ['admin', 'member', 'viewer'] as const;

/** An administrator manages the server, a member works, a viewer watches what others let him watch and never more. */
export type UserRole = (typeof USER_ROLES)[number];

/** What a member was called before there were viewers: in tokens, in requests, in rows of older servers. */
const OLD_MEMBER = 'user';

export function currentRole(role: UserRole | typeof OLD_MEMBER): UserRole {
  return role === OLD_MEMBER ? 'member' : role;
}

/** A role as others say it. */
export const givenRoleSchema = z.enum([...USER_ROLES, OLD_MEMBER]).transform(currentRole);
/** A role as we say it. */
export const userRoleSchema = z.enum(USER_ROLES);
