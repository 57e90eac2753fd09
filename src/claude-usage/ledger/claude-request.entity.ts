import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What one request to the Claude API used. It outlives its session, its project and its user: money was spent. */
@Entity('claude_requests')
@Index('claude_requests_day_idx', ['day'])
@Index('claude_requests_user_id_day_idx', ['userId', 'day'])
export class ClaudeRequestEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'claude_requests_pkey' })
  id: string;

  /** In UTC, of the moment it began: the day whose budget it is charged to. */
  @Column({ type: 'date' })
  day: string;

  @Column({ type: 'timestamptz' })
  at: Date;

  /** `NODE_NAME` of the server that made it. */
  @Column({ type: 'text' })
  node: string;

  @Column({ name: 'user_id', type: 'uuid' })
  userId: string;

  @Column({ name: 'project_id', type: 'text' })
  projectId: string;

  @Column({ name: 'session_id', type: 'text' })
  sessionId: string;

  @Column({ type: 'text' })
  purpose: 'session' | 'suggestion';

  @Column({ type: 'text' })
  model: string;

  @Column({ name: 'input_tokens', type: 'bigint' })
  inputTokens: string;

  @Column({ name: 'output_tokens', type: 'bigint' })
  outputTokens: string;

  @Column({ name: 'cache_read_tokens', type: 'bigint' })
  cacheReadTokens: string;

  @Column({ name: 'cache_write_tokens', type: 'bigint' })
  cacheWriteTokens: string;

  /** Billionths of a dollar, by the price table of that time. */
  @Column({ name: 'cost_nano', type: 'bigint' })
  costNano: string;

  /** False: it broke off, and its output was estimated. */
  @Column({ type: 'boolean' })
  complete: boolean;
}
