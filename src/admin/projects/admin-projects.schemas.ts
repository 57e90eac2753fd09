import { z } from 'zod';
import { pageQuerySchema } from '../../infrastructure/http/page';
import { newProjectSchema } from '../../projects/projects.schemas';

const MAX_SEARCH = 200;

export const searchProjectsSchema = pageQuerySchema.extend({
  q: z.string().max(MAX_SEARCH).optional().describe('Part of the id or the name.'),
  ownerId: z.uuid().optional(),
});

export const newAdminProjectSchema = newProjectSchema.extend({
  ownerId: z.uuid().optional().describe('Absent: the caller.'),
});

export const adminProjectSchema = z.object({
  id: z.string(),
  name: z.string(),
  ownerId: z.uuid(),
  ownerEmail: z.string(),
  members: z.number(),
  runningSessions: z.number(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export const adminProjectPageSchema = z.object({
  items: z.array(adminProjectSchema),
  nextCursor: z.string().nullable(),
});
export type AdminProjectView = z.output<typeof adminProjectSchema>;
