import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { SessionEntity } from '../../sessions/session.entity';

/** How far the output of one epoch is indexed, and which gateway is at it. */
@Entity('transcript_positions')
export class TranscriptPositionEntity {
  @PrimaryColumn({ name: 'storage_key', type: 'text', primaryKeyConstraintName: 'transcript_positions_pkey' })
  storageKey: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'transcript_positions_pkey' })
  epoch: string;

  @ManyToOne(() => SessionEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'storage_key', foreignKeyConstraintName: 'transcript_positions_storage_key_fkey' })
  session?: Relation<SessionEntity>;

  /** Chunks from here on are provisional: the next pass makes them again. */
  @Column({ name: 'resume_offset', type: 'bigint', default: 0 })
  resumeOffset: string;

  @Column({ name: 'resume_state', type: 'int', default: 0 })
  resumeState: number;

  /** What was looked at, provisional chunks included. */
  @Column({ name: 'indexed_to', type: 'bigint', default: 0 })
  indexedTo: string;

  @Column({ name: 'claimed_by', type: 'uuid', nullable: true })
  claimedBy: string | null;

  @Column({ name: 'claimed_until', type: 'timestamptz', nullable: true })
  claimedUntil: Date | null;
}
