import { Column, CreateDateColumn, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { UserEntity } from '../users/user.entity';
import { SessionShareEntity } from './session-share.entity';

/** Somebody came in by a share; good for as long as the share is, unless they were sent away. */
@Entity('session_grants')
@Index('session_grants_user_id_idx', ['userId'])
export class SessionGrantEntity {
  @PrimaryColumn({ name: 'share_id', type: 'uuid', primaryKeyConstraintName: 'session_grants_pkey' })
  shareId: string;

  @ManyToOne(() => SessionShareEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'share_id', foreignKeyConstraintName: 'session_grants_share_id_fkey' })
  share?: Relation<SessionShareEntity>;

  @PrimaryColumn({ name: 'user_id', type: 'uuid', primaryKeyConstraintName: 'session_grants_pkey' })
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'session_grants_user_id_fkey' })
  user?: Relation<UserEntity>;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  /** Kept, so that the same link does not let them in again. */
  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true })
  revokedAt: Date | null;
}
