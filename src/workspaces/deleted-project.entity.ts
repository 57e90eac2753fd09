import { CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** A project that is gone, and whose files still have to go on every machine that has some. */
@Entity('deleted_projects')
export class DeletedProjectEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'deleted_projects_pkey' })
  id: string;

  /** When it was made: tells it from others of the same id. */
  @PrimaryColumn({ name: 'made_at', type: 'timestamptz', primaryKeyConstraintName: 'deleted_projects_pkey' })
  madeAt: Date;

  @CreateDateColumn({ name: 'deleted_at', type: 'timestamptz' })
  deletedAt: Date;
}
