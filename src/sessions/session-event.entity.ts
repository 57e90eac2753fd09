import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { SessionEntity } from './session.entity';

/** Something that happened to a session. */
@Entity('session_events')
@Index('session_events_storage_key_at_id_idx', ['storageKey', 'at', 'id'])
export class SessionEventEntity {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'session_events_pkey' })
  id: string;

  @Column({ name: 'storage_key', type: 'text' })
  storageKey: string;

  @ManyToOne(() => SessionEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'storage_key', foreignKeyConstraintName: 'session_events_storage_key_fkey' })
  session?: Relation<SessionEntity>;

  @Column({ type: 'timestamptz' })
  at: Date;

  /** A `SessionEventKind`, or one of another version of this server. */
  @Column({ type: 'text' })
  kind: string;

  @Column({ type: 'jsonb' })
  data: Readonly<Record<string, unknown>>;
}
