import { Check, Column, Entity, JoinColumn, ManyToOne, PrimaryGeneratedColumn, type Relation, Unique } from 'typeorm';
import { ProjectEntity } from '../../projects/project.entity';
import { UserEntity } from '../../users/user.entity';

/** What one user or one project may spend on Claude a day, where it is not what all may. */
@Entity('claude_budgets')
@Check('claude_budgets_subject_check', 'num_nonnulls(user_id, project_id) = 1')
@Unique('claude_budgets_user_id_key', ['userId'])
@Unique('claude_budgets_project_id_key', ['projectId'])
export class BudgetLimitEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'claude_budgets_pkey',
  })
  id: string;

  @Column({ name: 'user_id', type: 'uuid', nullable: true })
  userId: string | null;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE', nullable: true })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'claude_budgets_user_id_fkey' })
  user?: Relation<UserEntity> | null;

  @Column({ name: 'project_id', type: 'text', nullable: true })
  projectId: string | null;

  @ManyToOne(() => ProjectEntity, { onDelete: 'CASCADE', nullable: true })
  @JoinColumn({ name: 'project_id', foreignKeyConstraintName: 'claude_budgets_project_id_fkey' })
  project?: Relation<ProjectEntity> | null;

  /** US dollars; null = no limit. */
  @Column({ name: 'daily_usd', type: 'double precision', nullable: true })
  dailyUsd: number | null;

  @Column({ name: 'changed_at', type: 'timestamptz', default: () => 'now()' })
  changedAt: Date;

  @Column({ name: 'changed_by', type: 'uuid', nullable: true })
  changedBy: string | null;

  @ManyToOne(() => UserEntity, { onDelete: 'SET NULL', nullable: true })
  @JoinColumn({ name: 'changed_by', foreignKeyConstraintName: 'claude_budgets_changed_by_fkey' })
  changer?: Relation<UserEntity> | null;
}
