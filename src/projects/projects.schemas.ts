import { z } from 'zod';
import { isProjectId } from './project-id';
import { PROJECT_ROLES } from './project-role';

const MAX_NAME = 200;

const nameSchema = z.string().trim().min(1).max(MAX_NAME);
const roleSchema = z.enum(PROJECT_ROLES);

export const newProjectSchema = z.object({
  id: z.string().refine(isProjectId, '1 to 128 letters, digits, dots, dashes and underscores').optional(),
  name: nameSchema.optional(),
});
export const changedProjectSchema = z.object({ name: nameSchema });
export const changedMemberSchema = z.object({ role: roleSchema });

export const projectViewSchema = z.object({
  id: z.string(),
  name: z.string(),
  ownerId: z.uuid(),
  role: roleSchema.describe('What the caller may do.'),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export const memberSchema = z.object({ userId: z.uuid(), email: z.string(), role: roleSchema });
export const projectPageSchema = z.object({ items: z.array(projectViewSchema), nextCursor: z.string().nullable() });
export const memberPageSchema = z.object({ items: z.array(memberSchema), nextCursor: z.string().nullable() });

export type ProjectView = z.output<typeof projectViewSchema>;
