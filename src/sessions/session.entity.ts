import {
  Check,
  Column,
  CreateDateColumn,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  type Relation,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import { ProjectEntity } from '../projects/project.entity';
import { UserEntity } from '../users/user.entity';

export type SessionGateway = 'terminal' | 'claude';
export type SessionStatus = 'starting' | 'running' | 'ended';

/** The durable record of a terminal. Its bytes are in the PTY host's transcript, not here. */
@Entity('sessions')
@Check('sessions_gateway_check', `gateway IN ('terminal', 'claude')`)
@Check('sessions_status_check', `status IN ('starting', 'running', 'ended')`)
@Index('sessions_id_idx', ['id'])
@Index('sessions_project_id_status_idx', ['projectId', 'status'])
@Index('sessions_owner_id_idx', ['ownerId'])
@Index('sessions_status_last_activity_at_idx', ['status', 'lastActivityAt'])
@Index('sessions_host_id_idx', ['hostId'])
export class SessionEntity {
  /** `${id}:${projectId}`: the same id in two projects is two sessions. */
  @PrimaryColumn({ name: 'storage_key', type: 'text', primaryKeyConstraintName: 'sessions_pkey' })
  storageKey: string;

  @Column({ type: 'text' })
  id: string;

  @Column({ name: 'project_id', type: 'text' })
  projectId: string;

  @ManyToOne(() => ProjectEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'project_id', foreignKeyConstraintName: 'sessions_project_id_fkey' })
  project?: Relation<ProjectEntity>;

  @Column({ name: 'owner_id', type: 'uuid' })
  ownerId: string;

  @ManyToOne(() => UserEntity)
  @JoinColumn({ name: 'owner_id', foreignKeyConstraintName: 'sessions_owner_id_fkey' })
  owner?: Relation<UserEntity>;

  @Column({ type: 'text' })
  gateway: SessionGateway;

  @Column({ type: 'text' })
  profile: string;

  /** As the program in the terminal set it (OSC 0/2). */
  @Column({ type: 'text', default: '' })
  title: string;

  /** As a user named it; wins over the title. */
  @Column({ type: 'text', nullable: true })
  name: string | null;

  @Column({ type: 'text' })
  status: SessionStatus;

  @Column({ name: 'end_reason', type: 'text', nullable: true })
  endReason: string | null;

  @Column({ name: 'exit_code', type: 'int', nullable: true })
  exitCode: number | null;

  @Column({ type: 'text', nullable: true })
  signal: string | null;

  @Column({ type: 'int' })
  cols: number;

  @Column({ type: 'int' })
  rows: number;

  @Column({ type: 'text', nullable: true })
  epoch: string | null;

  @Column({ name: 'host_id', type: 'text', nullable: true })
  hostId: string | null;

  @Column({ name: 'host_incarnation', type: 'int', nullable: true })
  hostIncarnation: number | null;

  /**
   * What `status` and all that belongs to it were written by: 2 × the number of the epoch while it runs, one more when it has
   * ended. A write that leads to no higher one is late, and changes nothing.
   */
  @Column({ name: 'state_version', type: 'int', default: 0 })
  stateVersion: number;

  /** When the program said `title`; a title it said before does not replace it. */
  @Column({ name: 'title_at', type: 'timestamptz', nullable: true })
  titleAt: Date | null;

  /** Excepted from retention. */
  @Column({ type: 'boolean', default: false })
  keep: boolean;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;

  @Column({ name: 'last_activity_at', type: 'timestamptz', default: () => 'now()' })
  lastActivityAt: Date;

  @Column({ name: 'ended_at', type: 'timestamptz', nullable: true })
  endedAt: Date | null;

  @VersionColumn({ type: 'int', default: 1 })
  version: number;
}
