import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** How often somebody failed to prove who they are, and until when they may not try again. */
@Entity('failed_attempts')
@Index('failed_attempts_last_failed_at_idx', ['lastFailedAt'])
export class FailedAttemptEntity {
  /** `{kind}:{of what}` */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'failed_attempts_pkey' })
  key: string;

  @Column({ type: 'int' })
  failures: number;

  @Column({ name: 'last_failed_at', type: 'timestamptz' })
  lastFailedAt: Date;

  @Column({ name: 'locked_until', type: 'timestamptz', nullable: true })
  lockedUntil: Date | null;
}
