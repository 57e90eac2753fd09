import { Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { ProjectEntity } from '../projects/project.entity';
import { UserEntity } from '../users/user.entity';
import { SessionEntity } from './session.entity';

/** Which session a legacy id means for one owner in one project: always the same one. */
@Entity('session_aliases')
@Index('session_aliases_storage_key_idx', ['storageKey'])
export class SessionAliasEntity {
  @PrimaryColumn({ name: 'legacy_id', type: 'text', primaryKeyConstraintName: 'session_aliases_pkey' })
  legacyId: string;

  @PrimaryColumn({ name: 'project_id', type: 'text', primaryKeyConstraintName: 'session_aliases_pkey' })
  projectId: string;

  @PrimaryColumn({ name: 'owner_id', type: 'uuid', primaryKeyConstraintName: 'session_aliases_pkey' })
  ownerId: string;

  @Column({ name: 'storage_key', type: 'text' })
  storageKey: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @ManyToOne(() => ProjectEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'project_id', foreignKeyConstraintName: 'session_aliases_project_id_fkey' })
  project?: Relation<ProjectEntity>;

  @ManyToOne(() => UserEntity)
  @JoinColumn({ name: 'owner_id', foreignKeyConstraintName: 'session_aliases_owner_id_fkey' })
  owner?: Relation<UserEntity>;

  @ManyToOne(() => SessionEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'storage_key', foreignKeyConstraintName: 'session_aliases_storage_key_fkey' })
  session?: Relation<SessionEntity>;
}
