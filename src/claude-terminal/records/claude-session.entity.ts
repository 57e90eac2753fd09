import { Check, Column, Entity, JoinColumn, OneToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { ClaudeStateName } from '@holdfast/protocol';
import { SessionEntity } from '../../sessions/session.entity';

/** What lists and other nodes know of a Claude session. The truth is its record, on the node where it runs. */
@Entity('claude_sessions')
@Check(
  'claude_sessions_state_check',
  `state IN ('working', 'waiting', 'needs_permission', 'needs_answer', 'rate_limited', 'api_down', 'error', 'hibernated', 'exited')`,
)
export class ClaudeSessionEntity {
  @PrimaryColumn({ name: 'storage_key', type: 'text', primaryKeyConstraintName: 'claude_sessions_pkey' })
  storageKey: string;

  @OneToOne(() => SessionEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'storage_key', foreignKeyConstraintName: 'claude_sessions_storage_key_fkey' })
  session?: Relation<SessionEntity>;

  @Column({ name: 'host_id', type: 'text' })
  hostId: string;

  @Column({ type: 'text' })
  state: ClaudeStateName;

  @Column({ type: 'timestamptz' })
  since: Date;

  @Column({ type: 'timestamptz', nullable: true })
  until: Date | null;

  @Column({ type: 'text', nullable: true })
  kind: string | null;

  @Column({ type: 'text', nullable: true })
  message: string | null;

  @Column({ type: 'text', nullable: true })
  summary: string | null;

  /** Of the record: what is older changes nothing. */
  @Column({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}
