import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { UserEntity } from '../users/user.entity';

/** Whether a user wants suggestions, and how many they asked for. Who never decided has none, which means no. */
@Entity('suggestion_consents')
export class SuggestionConsentEntity {
  @PrimaryColumn({ name: 'user_id', type: 'uuid', primaryKeyConstraintName: 'suggestion_consents_pkey' })
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'suggestion_consents_user_id_fkey' })
  user?: Relation<UserEntity>;

  @Column({ type: 'boolean' })
  given: boolean;

  @Column({ name: 'changed_at', type: 'timestamptz', default: () => 'now()' })
  changedAt: Date;

  /** The day (UTC) that `asked` counts. */
  @Column({ name: 'asked_on', type: 'date', nullable: true })
  askedOn: string | null;

  @Column({ type: 'int', default: 0 })
  asked: number;
}
