import { z } from 'zod';
import type { OutboxHandler } from '../../infrastructure/outbox/outbox-handler';

export const CLAUDE_REQUEST_RECORD = 'claude.request';

const count = z.int().min(0);
const recordSchema = z.object({
  day: z.iso.date(),
  at: z.number(),
  node: z.string(),
  userId: z.uuid(),
  projectId: z.string(),
  sessionId: z.string(),
  purpose: z.string(),
  model: z.string(),
  inputTokens: count,
  outputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: count,
  costNano: count,
  complete: z.boolean(),
});
export type ClaudeRequestRecord = z.output<typeof recordSchema>;

const INSERT = `
  INSERT INTO claude_requests (id, day, at, node, user_id, project_id, session_id, purpose, model, input_tokens, output_tokens,
                               cache_read_tokens, cache_write_tokens, cost_nano, complete)
  SELECT * FROM unnest($1::uuid[], $2::date[], $3::timestamptz[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[],
                       $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::boolean[])
  ON CONFLICT (id) DO NOTHING`;

/** What is taken out with each batch that is put in: faster than it can grow, too little to be felt. */
const PRUNED_AT_ONCE = 1_000;

const PRUNE = `
  DELETE FROM claude_requests
  WHERE id IN (SELECT id FROM claude_requests WHERE day < current_date - $1::int ORDER BY day LIMIT $2 FOR UPDATE SKIP LOCKED)`;

/** Takes a batch of requests, and may take it again. Those beyond the retention go. */
export function ledgerHandler(retentionDays: number): OutboxHandler {
  return async (transaction, records) => {
    const rows = records.map(({ id, payload }) => ({ id, ...recordSchema.parse(payload) }));
    const column = <K extends keyof (typeof rows)[number]>(name: K) => rows.map((row) => row[name]);
    await transaction.query(INSERT, [
      column('id'),
      column('day'),
      rows.map(({ at }) => new Date(at).toISOString()),
      column('node'),
      column('userId'),
      column('projectId'),
      column('sessionId'),
      column('purpose'),
      column('model'),
      column('inputTokens'),
      column('outputTokens'),
      column('cacheReadTokens'),
      column('cacheWriteTokens'),
      column('costNano'),
      column('complete'),
    ]);
    await transaction.query(PRUNE, [retentionDays, PRUNED_AT_ONCE]);
  };
}
