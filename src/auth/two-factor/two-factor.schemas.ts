import { z } from 'zod';

/** Six digits, or a recovery code with its separators. */
export const MAX_CODE = 64;

export const statusSchema = z.object({
  enrolled: z.boolean(),
  required: z.boolean().describe('This user cannot do without.'),
  recoveryCodesLeft: z.number(),
});
export const newSecretSchema = z.object({
  secret: z.string().describe('Base 32, for typing; shown once.'),
  uri: z.string().describe('otpauth://, for a QR code.'),
});
export const confirmSchema = z.object({ code: z.string().max(MAX_CODE) });
export const recoveryCodesSchema = z.object({ recoveryCodes: z.array(z.string()).describe('Shown once.') });
export const enrolledSchema = recoveryCodesSchema.extend({
  accessToken: z.string().describe('Of the same login, good for everything.'),
  expiresIn: z.number().describe('Seconds.'),
});
