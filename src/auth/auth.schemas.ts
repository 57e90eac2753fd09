import { z } from 'zod';
import { userRoleSchema } from '../users/user-role';
import { MAX_CODE } from './two-factor/two-factor.schemas';

/** Shorter ones fall to guessing; longer ones than the bound only cost us memory. */
const MIN_PASSWORD = 8;
const MAX_PASSWORD = 1024;

/** Half a surrogate pair has no bytes of its own: all such passwords would be the same. */
const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

export const passwordSchema = z
  .string()
  .min(MIN_PASSWORD)
  .max(MAX_PASSWORD)
  .refine(isWellFormed, 'must be valid Unicode');
export const emailSchema = z
  .string()
  .trim()
  .normalize('NFKC')
  .max(320)
  .regex(/^[^\s@]+@[^\s@]+$/, 'must be an e-mail address');

const givenCode = {
  totp: z.string().max(MAX_CODE).optional().describe('Six digits of the authenticator app, or a recovery code.'),
  recoveryCode: z.string().max(MAX_CODE).optional(),
};
export const loginSchema = z.object({
  email: z.string().max(320),
  password: z.string().max(MAX_PASSWORD),
  ...givenCode,
});
export const stepUpSchema = z.object({ password: z.string().max(MAX_PASSWORD), ...givenCode });
export const steppedUpSchema = z.object({ expiresIn: z.number().describe('Seconds for which it counts.') });
export const refreshSchema = z.object({ refreshToken: z.string().max(256) });
export const changePasswordSchema = z.object({
  currentPassword: z.string().max(MAX_PASSWORD),
  newPassword: passwordSchema,
});
export const wsTicketSchema = z.object({ gateway: z.enum(['terminal', 'claude']).default('terminal') });

export const userSchema = z.object({ id: z.uuid(), email: z.string(), role: userRoleSchema });
export const tokensSchema = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresIn: z.number().describe('Seconds until the access token ends.'),
  user: userSchema,
  totpEnrollment: z.literal('required').optional().describe('The tokens are good for enrolling a second factor only.'),
});
export const issuedTicketSchema = z.object({ ticket: z.string(), expiresIn: z.number().describe('Seconds.') });
