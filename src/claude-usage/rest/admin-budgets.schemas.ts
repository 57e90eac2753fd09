import { z } from 'zod';
import { dailyDollarsSchema } from '../../settings/settings';
import type { BudgetLimit } from '../limits/budget-limits';

export const newBudgetSchema = z.strictObject({
  dailyUsd: dailyDollarsSchema.describe('US dollars a day (UTC), instead of what all may spend; an estimate.'),
});

export const budgetsSchema = z.object({
  items: z.array(
    z.object({
      kind: z.enum(['user', 'project']),
      id: z.string(),
      name: z.string().describe('An e-mail address, or what the project is called.'),
      dailyUsd: dailyDollarsSchema,
      changedAt: z.iso.datetime(),
      changedBy: z.uuid().nullable(),
    }),
  ),
});
export type BudgetsView = z.output<typeof budgetsSchema>;

export function budgetsView(limits: readonly BudgetLimit[]): BudgetsView {
  return { items: limits.map((limit) => ({ ...limit, changedAt: limit.changedAt.toISOString() })) };
}
