import { z } from 'zod';
import { settingsSchema } from '../../settings/settings';

const environmentSettingSchema = z.object({
  name: z.string(),
  description: z.string(),
  value: z.string().nullable().describe('Null: not set, or a secret.'),
  secret: z.boolean(),
  from: z.enum(['environment', 'default', 'unset']),
});

const changeableSchema = z.object({
  key: z.string(),
  description: z.string(),
  value: z.union([z.number(), z.boolean(), z.string()]),
  initial: z.union([z.number(), z.boolean(), z.string()]).describe('What holds when it is set to null.'),
  schema: z.record(z.string(), z.unknown()).describe('JSON Schema of the values it takes.'),
  changedAt: z.iso.datetime().nullable(),
  changedBy: z.uuid().nullable(),
});

export const settingsViewSchema = z.object({
  changeable: z.array(changeableSchema),
  environment: z.array(environmentSettingSchema).describe('Fixed until the next start.'),
});
export type SettingsView = z.output<typeof settingsViewSchema>;

/** Some of the settings; null = as the environment says. */
export const settingChangesSchema = z
  .strictObject({
    sessionsPerProject: settingsSchema.shape.sessionsPerProject.nullable(),
    sessionsPerUser: settingsSchema.shape.sessionsPerUser.nullable(),
    sessionsTotal: settingsSchema.shape.sessionsTotal.nullable(),
    retentionMinutes: settingsSchema.shape.retentionMinutes.nullable(),
    endedRetentionDays: settingsSchema.shape.endedRetentionDays.nullable(),
    sharingAllowed: settingsSchema.shape.sharingAllowed.nullable(),
    suggestionsAllowed: settingsSchema.shape.suggestionsAllowed.nullable(),
    suggestionsPerDay: settingsSchema.shape.suggestionsPerDay.nullable(),
    loginBanner: settingsSchema.shape.loginBanner.nullable(),
    claudeUserDailyUsd: settingsSchema.shape.claudeUserDailyUsd.nullable(),
    claudeProjectDailyUsd: settingsSchema.shape.claudeProjectDailyUsd.nullable(),
    claudeTotalDailyUsd: settingsSchema.shape.claudeTotalDailyUsd.nullable(),
    claudeModels: settingsSchema.shape.claudeModels.nullable(),
  })
  .partial();
