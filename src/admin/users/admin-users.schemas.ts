import { z } from 'zod';
import { emailSchema, passwordSchema } from '../../auth/auth.schemas';
import type { LoginFamilyEntity } from '../../auth/login-family.entity';
import { pageQuerySchema } from '../../infrastructure/http/page';
import type { UserEntity } from '../../users/user.entity';
import { givenRoleSchema, userRoleSchema } from '../../users/user-role';

const MAX_SEARCH = 320;

export const searchUsersSchema = pageQuerySchema.extend({
  q: z.string().max(MAX_SEARCH).optional().describe('Part of the e-mail address.'),
  role: givenRoleSchema.optional(),
  disabled: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
});
export const newUserSchema = z.strictObject({
  email: emailSchema,
  password: passwordSchema,
  role: givenRoleSchema.default('member'),
});
export const changedUserSchema = z.strictObject({ role: givenRoleSchema.optional(), disabled: z.boolean().optional() });

export const userSchema = z.object({
  id: z.uuid(),
  email: z.string(),
  role: userRoleSchema,
  disabled: z.boolean(),
  createdAt: z.iso.datetime(),
});
export const userPageSchema = z.object({ items: z.array(userSchema), nextCursor: z.string().nullable() });

export const resetSchema = z.object({
  token: z.string().describe('For POST /api/auth/password-reset; good once, and shown only here.'),
  expiresAt: z.iso.datetime(),
});

export const loginSchema = z.object({
  id: z.uuid(),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  ip: z.string().nullable(),
  userAgent: z.string().nullable(),
});
export const loginPageSchema = z.object({ items: z.array(loginSchema), nextCursor: z.string().nullable() });

export type UserView = z.output<typeof userSchema>;
export type LoginView = z.output<typeof loginSchema>;

export function userView({ id, email, role, disabledAt, createdAt }: UserEntity): UserView {
  return { id, email, role, disabled: disabledAt !== null, createdAt: createdAt.toISOString() };
}

export function loginView({ id, createdAt, lastUsedAt, expiresAt, ip, userAgent }: LoginFamilyEntity): LoginView {
  return {
    id,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    ip,
    userAgent,
  };
}
