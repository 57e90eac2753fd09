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
  Unique,
} from 'typeorm';
import { SessionEntity } from '../sessions/session.entity';
import { UserEntity } from '../users/user.entity';

/** What a share lets somebody do: watch; watch and ask to type; watch as an administrator, whom everybody sees. */
export type ShareAccess = 'view' | 'request-write' | 'watch';

/** A way into one session for people who are not in its project. Ends by itself, and when it is taken back. */
@Entity('session_shares')
@Check('session_shares_access_check', `access IN ('view', 'request-write', 'watch')`)
@Unique('session_shares_token_hash_key', ['tokenHash'])
@Index('session_shares_storage_key_idx', ['storageKey'])
@Index('session_shares_created_by_idx', ['createdBy'])
export class SessionShareEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'session_shares_pkey' })
  id: string;

  @Column({ name: 'storage_key', type: 'text' })
  storageKey: string;

  @ManyToOne(() => SessionEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'storage_key', foreignKeyConstraintName: 'session_shares_storage_key_fkey' })
  session?: Relation<SessionEntity>;

  @Column({ name: 'created_by', type: 'uuid' })
  createdBy: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'created_by', foreignKeyConstraintName: 'session_shares_created_by_fkey' })
  creator?: Relation<UserEntity>;

  @Column({ type: 'text' })
  access: ShareAccess;

  /** SHA-256 of the token in the link, hex; null: there is no link (`watch`). */
  @Column({ name: 'token_hash', type: 'text', nullable: true })
  tokenHash: string | null;

  @Column({ type: 'text', nullable: true })
  label: string | null;

  /** People who may come in by it; null: any number. */
  @Column({ name: 'max_uses', type: 'int', nullable: true })
  maxUses: number | null;

  @Column({ type: 'int', default: 0 })
  uses: number;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt: Date;

  @Column({ name: 'revoked_at', type: 'timestamptz', nullable: true })
  revokedAt: Date | null;
}
