import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { UserEntity } from '../users/user.entity';
import { ProjectEntity } from './project.entity';
import type { ProjectRole } from './project-role';

/** What one user may do in one project. */
@Entity('project_members')
@Check('project_members_role_check', `role IN ('owner', 'writer', 'viewer')`)
@Index('project_members_user_id_idx', ['userId'])
export class ProjectMemberEntity {
  @PrimaryColumn({ name: 'project_id', type: 'text', primaryKeyConstraintName: 'project_members_pkey' })
  projectId: string;

  @PrimaryColumn({ name: 'user_id', type: 'uuid', primaryKeyConstraintName: 'project_members_pkey' })
  userId: string;

  @Column({ type: 'text' })
  role: ProjectRole;

  @ManyToOne(() => ProjectEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'project_id', foreignKeyConstraintName: 'project_members_project_id_fkey' })
  project?: Relation<ProjectEntity>;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'project_members_user_id_fkey' })
  user?: Relation<UserEntity>;
}
