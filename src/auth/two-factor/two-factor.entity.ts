import { Column, Entity, JoinColumn, OneToOne, PrimaryColumn, type Relation } from 'typeorm';
import { UserEntity } from '../../users/user.entity';

/** The authenticator app of a user; its secrets are sealed by {@link SecretBox}. */
@Entity('two_factor')
export class TwoFactorEntity {
  @PrimaryColumn({ name: 'user_id', type: 'uuid', primaryKeyConstraintName: 'two_factor_pkey' })
  userId: string;

  @OneToOne(() => UserEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'two_factor_user_id_fkey' })
  user?: Relation<UserEntity>;

  /** Null until the first code was shown that proves that the app has it. */
  @Column({ type: 'text', nullable: true })
  secret: string | null;

  /** The 30-second step of the last code that was accepted: it and earlier ones are used up. */
  @Column({ name: 'last_step', type: 'int', default: 0 })
  lastStep: number;

  /** Shown to the user and not confirmed; the old one, if any, is good until then. */
  @Column({ name: 'pending_secret', type: 'text', nullable: true })
  pendingSecret: string | null;

  @Column({ name: 'pending_at', type: 'timestamptz', nullable: true })
  pendingAt: Date | null;
}
