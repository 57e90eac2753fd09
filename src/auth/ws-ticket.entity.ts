import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { UserEntity } from '../users/user.entity';
import { LoginFamilyEntity } from './login-family.entity';
import type { Gateway } from './ws-tickets';

/** A single-use credential for one WebSocket upgrade, as its SHA-256. */
@Entity('ws_tickets')
@Check('ws_tickets_gateway_check', `gateway IN ('terminal', 'claude')`)
@Index('ws_tickets_expires_at_idx', ['expiresAt'])
@Index('ws_tickets_family_id_idx', ['familyId'])
export class WsTicketEntity {
  /** Hex. */
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'ws_tickets_pkey' })
  hash: string;

  @Column({ name: 'user_id', type: 'uuid' })
  userId: string;

  @ManyToOne(() => UserEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'ws_tickets_user_id_fkey' })
  user?: Relation<UserEntity>;

  @Column({ name: 'family_id', type: 'uuid' })
  familyId: string;

  @ManyToOne(() => LoginFamilyEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'family_id', foreignKeyConstraintName: 'ws_tickets_family_id_fkey' })
  family?: Relation<LoginFamilyEntity>;

  @Column({ type: 'text' })
  gateway: Gateway;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt: Date;

  /** When the access token that minted this ticket ends; the socket ends with it. */
  @Column({ name: 'access_expires_at', type: 'timestamptz' })
  accessExpiresAt: Date;
}
