import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import { SessionEntity } from '../../sessions/session.entity';

/** About 8 KiB of what a terminal said, as whole lines. Written and read with SQL in `TextIndex` and `TextSearch`. */
@Entity('transcript_text')
@Index('transcript_text_place_key', ['storageKey', 'epoch', 'fromOffset'], { unique: true })
@Index('transcript_text_said_at_idx', ['saidAt', 'id'])
// TypeORM cannot say gin_trgm_ops; the migration makes it.
@Index('transcript_text_folded_idx', { synchronize: false })
export class TranscriptTextEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'transcript_text_pkey',
  })
  id: string;

  @Column({ name: 'storage_key', type: 'text' })
  storageKey: string;

  @ManyToOne(() => SessionEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'storage_key', foreignKeyConstraintName: 'transcript_text_storage_key_fkey' })
  session?: Relation<SessionEntity>;

  @Column({ type: 'text' })
  epoch: string;

  /** Of the first byte that these lines were made of. */
  @Column({ name: 'from_offset', type: 'bigint' })
  fromOffset: string;

  @Column({ name: 'to_offset', type: 'bigint' })
  toOffset: string;

  @Column({ name: 'said_at', type: 'timestamptz' })
  saidAt: Date;

  @Column({ type: 'text' })
  body: string;

  /** `body` in lower case, of the same length: what is searched. */
  @Column({ type: 'text' })
  folded: string;

  /** Where each line of `body` starts, counted from `fromOffset`. */
  @Column({ name: 'line_offsets', type: 'int', array: true })
  lineOffsets: number[];
}
