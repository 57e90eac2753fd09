import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { ProjectEntity } from '../projects/project.entity';
import type { ProfileRole } from './profile-role';

/** Who may use a profile, and where it is what a terminal gets that names none. */
@Entity('launch_profile_assignments')
@Check('launch_profile_assignments_role_check', `role IN ('admin', 'owner', 'writer')`)
@Index('launch_profile_assignments_profile_idx', ['profile'])
@Index('launch_profile_assignments_project_id_idx', ['projectId'])
export class ProfileAssignmentEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'launch_profile_assignments_pkey',
  })
  id: string;

  /** Its name; no foreign key, because `default` is in no table. */
  @Column({ type: 'text' })
  profile: string;

  /** Null = in every project. */
  @Column({ name: 'project_id', type: 'text', nullable: true })
  projectId: string | null;

  @ManyToOne(() => ProjectEntity, { onDelete: 'CASCADE', nullable: true })
  @JoinColumn({ name: 'project_id', foreignKeyConstraintName: 'launch_profile_assignments_project_id_fkey' })
  project?: Relation<ProjectEntity> | null;

  /** Null = everybody who may start terminals there. */
  @Column({ type: 'text', nullable: true })
  role: ProfileRole | null;

  @Column({ name: 'is_default', type: 'boolean' })
  isDefault: boolean;
}
