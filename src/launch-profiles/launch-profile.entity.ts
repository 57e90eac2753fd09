import { Check, Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';
import type { LaunchLimits, LaunchProfile } from './launch-profile';

/** A profile that an administrator made. `default` is not among them: it comes from the settings and always exists. */
@Entity('launch_profiles')
@Check('launch_profiles_name_check', `name ~ '^[a-z0-9][a-z0-9-]{0,62}$' AND name <> 'default'`)
@Check('launch_profiles_view_check', `view IN ('full', 'strict')`)
@Check('launch_profiles_network_check', `network IN ('none', 'host')`)
export class LaunchProfileEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'launch_profiles_pkey' })
  name: string;

  @Column({ type: 'text' })
  description: string;

  @Column({ type: 'text' })
  program: string;

  @Column({ type: 'jsonb' })
  args: readonly string[];

  @Column({ type: 'text' })
  view: LaunchProfile['view'];

  @Column({ type: 'jsonb' })
  binaries: readonly string[];

  @Column({ type: 'text' })
  network: LaunchProfile['network'];

  @Column({ type: 'jsonb' })
  limits: LaunchLimits;

  @Column({ type: 'jsonb' })
  env: Readonly<Record<string, string>>;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}
