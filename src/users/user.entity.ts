import {
  Check,
  Column,
  CreateDateColumn,
  Entity,
  Index,
  PrimaryColumn,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import { currentRole, type UserRole } from './user-role';

/** A person or a service that can log in. Disabled, never deleted: what they did stays attributable. */
@Entity('users')
@Check('users_role_check', `role IN ('admin', 'member', 'viewer', 'user')`)
// On lower(email), which TypeORM cannot express; the migration makes it and the schema builder leaves it alone.
@Index('users_email_lower_key', { synchronize: false })
export class UserEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'users_pkey' })
  id: string;

  @Column({ type: 'text' })
  email: string;

  @Column({ name: 'password_hash', type: 'text' })
  passwordHash: string;

  /** A server of the version before may still write what it knew. */
  @Column({ type: 'text', default: 'member', transformer: { to: (role: UserRole) => role, from: currentRole } })
  role: UserRole;

  @Column({ name: 'disabled_at', type: 'timestamptz', nullable: true })
  disabledAt: Date | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;

  @VersionColumn({ type: 'int', default: 1 })
  version: number;
}
