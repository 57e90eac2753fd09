import { z } from 'zod';
import { MODEL_PATTERN } from '../../config/claude-prices';
import type { Config } from '../../config/environment';

/** More is not a quota any more. */
const MAX_SESSIONS = 100_000;
const MAX_RETENTION_MINUTES = 10 * 365 * 24 * 60;
const MAX_RETENTION_DAYS = 3650;
/** Of one user and day: more is no person who asks. */
const MAX_SUGGESTIONS_PER_DAY = 10_000;
const SUGGESTIONS_PER_DAY = 200;
/** A paragraph above a form. */
const MAX_BANNER_CHARACTERS = 500;
/** More is no budget any more. */
const MAX_DOLLARS = 1_000_000;
/** A list that a person reads. */
const MAX_MODELS_CHARACTERS = 2_000;

/** Of a budget for a day. */
export const dailyDollarsSchema = z.union([z.number().min(0).max(MAX_DOLLARS), z.literal('unlimited')]);
const sessions = z.int().min(1).max(MAX_SESSIONS);

/** What an administrator may change while the server runs; everything else is fixed by the environment. */
export const settingsSchema = z.strictObject({
  sessionsPerProject: sessions.describe('Running sessions in one project.'),
  sessionsPerUser: sessions.describe('Running sessions that one user has made.'),
  sessionsTotal: sessions.describe('Running sessions of the installation.'),
  retentionMinutes: z
    .int()
    .min(1)
    .max(MAX_RETENTION_MINUTES)
    .describe(
      'A running session that nobody watches and that prints nothing for this long is ended, unless it is kept.',
    ),
  endedRetentionDays: z
    .int()
    .min(1)
    .max(MAX_RETENTION_DAYS)
    .describe('Days for which an ended session and its transcript are held, unless it is kept.'),
  sharingAllowed: z.boolean().describe('Whether members may make links to their sessions.'),
  suggestionsAllowed: z
    .boolean()
    .describe(
      'Whether users may switch on command suggestions, which send what they type to the Claude API when asked.',
    ),
  suggestionsPerDay: z
    .int()
    .min(1)
    .max(MAX_SUGGESTIONS_PER_DAY)
    .describe('Command suggestions that one user may ask for in a day (UTC).'),
  loginBanner: z
    .string()
    .trim()
    .max(MAX_BANNER_CHARACTERS)
    // No control or formatting characters but the line feed: it is shown to people who have not logged in.
    .regex(/^(?:[^\p{Cc}\p{Cf}\u2028\u2029]|\n)*$/u, 'must be plain text')
    .describe('Shown above the login form; empty = nothing.'),
  claudeUserDailyUsd: dailyDollarsSchema.describe(
    'US dollars that one user may spend on Claude a day (UTC); an estimate.',
  ),
  claudeProjectDailyUsd: dailyDollarsSchema.describe('The same for all Claude sessions of one project together.'),
  claudeTotalDailyUsd: dailyDollarsSchema.describe('The same for everybody together.'),
  claudeModels: z
    .string()
    .max(MAX_MODELS_CHARACTERS)
    .refine((list) => list.split(',').every((name) => name.trim() === '' || MODEL_PATTERN.test(name.trim())), {
      error: 'must be a comma-separated list of models',
    })
    .describe('Claude models that may be used, comma-separated, * being any part of a name; empty = all.'),
});

export type Settings = Readonly<z.output<typeof settingsSchema>>;
export type SettingKey = keyof Settings;

export const SETTING_KEYS = Object.keys(settingsSchema.shape) as SettingKey[];

/** As long as nobody has changed anything. */
export function initialSettings({ sessions: configured, claudeUsage }: Config): Settings {
  const { maxPerProject, maxPerUser, maxTotal, retentionMinutes, endedRetentionDays } = configured;
  return {
    sessionsPerProject: maxPerProject,
    sessionsPerUser: maxPerUser,
    sessionsTotal: maxTotal,
    retentionMinutes,
    endedRetentionDays,
    sharingAllowed: true,
    suggestionsAllowed: false,
    suggestionsPerDay: SUGGESTIONS_PER_DAY,
    loginBanner: '',
    claudeUserDailyUsd: claudeUsage.userDailyUsd,
    claudeProjectDailyUsd: claudeUsage.projectDailyUsd,
    claudeTotalDailyUsd: claudeUsage.totalDailyUsd,
    claudeModels: claudeUsage.models,
  };
}

/** A stored value as its setting; undefined = it is none (any more), as after a change of version. */
export function parseSetting(key: string, value: unknown): Partial<Settings> | undefined {
  if (!Object.hasOwn(settingsSchema.shape, key)) return undefined;
  const { success, data } = settingsSchema.partial().safeParse({ [key]: value });
  return success ? data : undefined;
}
