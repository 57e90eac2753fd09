import { z } from 'zod';

/** Shorter ones fall to guessing; longer ones than the bound only cost us memory. */
const MIN_PASSWORD = 8;
const MAX_PASSWORD = 1024;

export const passwordSchema = z.string().min(MIN_PASSWORD).max(MAX_PASSWORD);
export const emailSchema = z
  .string()
  .trim()
  .max(320)
  .regex(/^[^\s@]+@[^\s@]+$/, 'must be an e-mail address');

export const loginSchema = z.object({ email: z.string().max(320), password: z.string().max(MAX_PASSWORD) });
export const refreshSchema = z.object({ refreshToken: z.string().max(256) });
export const changePasswordSchema = z.object({
  currentPassword: z.string().max(MAX_PASSWORD),
  newPassword: passwordSchema,
});
export const wsTicketSchema = z.object({ gateway: z.enum(['terminal', 'claude']).default('terminal') });

export const userSchema = z.object({ id: z.uuid(), email: z.string(), role: z.enum(['admin', 'user']) });
export const tokensSchema = z.object({
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresIn: z.number().describe('Seconds until the access token ends.'),
  user: userSchema,
});
export const issuedTicketSchema = z.object({ ticket: z.string(), expiresIn: z.number().describe('Seconds.') });
