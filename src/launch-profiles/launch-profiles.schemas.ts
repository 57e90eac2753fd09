import { z } from 'zod';
import { isProjectId } from '../projects/project-id';
import { DEFAULT_LIMITS } from './launch-profile';
import { refusalOfVariable } from './profile-env';
import { PROFILE_ROLES } from './profile-role';

/** As much as a command line, an environment or a list of tools needs; together well below the size of a launch. */
const MAX_ARGS = 64;
const MAX_ARG_LENGTH = 1024;
const MAX_BINARIES = 256;
const MAX_PATH_LENGTH = 512;
const MAX_VARIABLES = 64;
const MAX_VALUE_LENGTH = 4096;
const MAX_DESCRIPTION = 500;
const MAX_ASSIGNMENTS_OF_ONE = 500;
const MIB = 2 ** 20;
const TIB = 2 ** 40;
const NO_NUL = /^[^\0]*$/;

const pathSchema = z
  .string()
  .max(MAX_PATH_LENGTH)
  .regex(/^\/[^\0]+$/, 'an absolute path');
const viewSchema = z
  .enum(['full', 'strict'])
  .describe('strict: only `binaries` exist, and nothing else can be executed.');
const networkSchema = z.enum(['none', 'host']);
const limitsSchema = z
  .object({
    processes: z.number().int().min(2).max(32_768),
    memoryBytes: z
      .number()
      .int()
      .min(16 * MIB)
      .max(TIB)
      .describe('Data of each process.'),
    files: z.number().int().min(16).max(65_536).describe('Open files of each process.'),
    fileBytes: z.number().int().min(MIB).max(TIB).describe('The largest file.'),
  })
  .strict();
const envSchema = z
  .record(z.string().max(MAX_VALUE_LENGTH), z.string().max(MAX_VALUE_LENGTH).regex(NO_NUL, 'a text without NUL'))
  .superRefine((env, context) => {
    const names = Object.keys(env);
    if (names.length > MAX_VARIABLES)
      context.addIssue({ code: 'custom', message: `at most ${MAX_VARIABLES} variables` });
    for (const name of names) {
      const refusal = refusalOfVariable(name);
      if (refusal !== undefined) {
        const message = `the variable ${name.slice(0, MAX_ARG_LENGTH)} is refused: ${refusal}`;
        context.addIssue({ code: 'custom', path: [name], message });
      }
    }
  });

const nameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, '1 to 63 lower-case letters, digits and dashes')
  .refine((name) => name !== 'default', '"default" is built in');

const fields = {
  description: z.string().trim().max(MAX_DESCRIPTION),
  program: pathSchema,
  args: z.array(z.string().max(MAX_ARG_LENGTH).regex(NO_NUL, 'a text without NUL')).max(MAX_ARGS),
  view: viewSchema,
  binaries: z.array(pathSchema).max(MAX_BINARIES),
  network: networkSchema,
  limits: limitsSchema,
  env: envSchema,
};

export const newProfileSchema = z
  .object({
    ...fields,
    name: nameSchema,
    description: fields.description.default(''),
    args: fields.args.default([]),
    view: fields.view.default('full'),
    binaries: fields.binaries.default([]),
    network: fields.network.default('none'),
    limits: limitsSchema
      .partial()
      .default({})
      .transform((limits) => ({ ...DEFAULT_LIMITS, ...limits })),
    env: fields.env.default({}),
  })
  .strict();

export const changedProfileSchema = z.object(fields).partial().strict();

const assignmentSchema = z
  .object({
    projectId: z
      .string()
      .refine(isProjectId, 'the id of a project')
      .nullable()
      .default(null)
      .describe('null: in every project'),
    role: z.enum(PROFILE_ROLES).nullable().default(null).describe('null: everybody who may start terminals there'),
    isDefault: z.boolean().default(false).describe('What a terminal gets that names no profile.'),
  })
  .strict();
export const assignmentsSchema = z
  .object({ assignments: z.array(assignmentSchema).max(MAX_ASSIGNMENTS_OF_ONE) })
  .strict()
  .refine(({ assignments }) => {
    const keys = assignments.map(({ projectId, role }) => `${projectId ?? ''}:${role ?? ''}`);
    return new Set(keys).size === keys.length;
  }, 'each project and role once');

const profileViewSchema = z.object({ name: z.string(), builtIn: z.boolean(), ...fields });
export const adminProfileSchema = profileViewSchema.extend({ assignments: z.array(assignmentSchema) });
export const adminProfileListSchema = z.object({ items: z.array(adminProfileSchema), nextCursor: z.null() });

/** What users see: enough to choose; the values of `env` are for the program. */
export const usableProfileSchema = z.object({
  name: z.string(),
  description: z.string(),
  isDefault: z.boolean(),
  program: z.string(),
  view: viewSchema,
  network: networkSchema,
  limits: limitsSchema,
});
export const usableProfileListSchema = z.object({ items: z.array(usableProfileSchema), nextCursor: z.null() });

export type AdminProfileView = z.output<typeof adminProfileSchema>;
export type UsableProfileView = z.output<typeof usableProfileSchema>;
