import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, LessThan } from 'typeorm';
import { isDatabaseUnavailable } from '../infrastructure/database/database-errors';
import { Clock } from '../kernel/clock';
import { Ids } from '../kernel/ids';
import { currentRole, type UserRole } from '../users/user-role';
import { NodeTickets } from './node-tickets';
import type { Principal } from './principal';
import { RecentRevocations } from './recent-revocations';
import { WsTicketEntity } from './ws-ticket.entity';

/** Which of the two gateways a ticket opens. */
export type Gateway = 'terminal' | 'claude';

export interface IssuedTicket {
  readonly ticket: string;
  /** Seconds. */
  readonly expiresIn: number;
}

const TICKET_BYTES = 32;
const LIFE_SECONDS = 30;

interface RedeemedRow {
  readonly gateway: Gateway;
  readonly user_id: string;
  readonly family_id: string;
  readonly expires_at: Date;
  readonly access_expires_at: Date;
  readonly email: string;
  readonly role: UserRole;
  readonly is_live: boolean;
}

/** Credentials for exactly one WebSocket upgrade; a browser can put them into a URL because nobody can use them again. */
@Injectable()
export class WsTickets {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly ids: Ids,
    private readonly clock: Clock,
    private readonly revocations: RecentRevocations,
    private readonly ofNode: NodeTickets,
  ) {}

  /** While the database is away the ticket is one of this node, so that an open page gets back to its terminals. */
  async issue(principal: Principal, gateway: Gateway): Promise<IssuedTicket> {
    try {
      return await this.issueInDatabase(principal, gateway);
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      const issued = { gateway, issuedAtMs: this.clock.now(), principal };
      const ticket = this.ofNode.issue(this.ids.secret(TICKET_BYTES), issued, LIFE_SECONDS * 1000);
      return { ticket, expiresIn: LIFE_SECONDS };
    }
  }

  /** Uses the ticket up, at whichever gateway it was shown; undefined = it is not good here and now. */
  async redeem(ticket: string, gateway: Gateway): Promise<Principal | undefined> {
    return NodeTickets.issued(ticket) ? this.redeemOfNode(ticket, gateway) : this.redeemInDatabase(ticket, gateway);
  }

  private redeemOfNode(ticket: string, gateway: Gateway): Principal | undefined {
    const issued = this.ofNode.take(ticket);
    if (issued?.gateway !== gateway) return undefined;
    const { principal, issuedAtMs } = issued;
    return this.revocations.has({ ...principal, issuedAtMs }) ? undefined : principal;
  }

  private async issueInDatabase({ userId, loginId, expiresAtMs }: Principal, gateway: Gateway): Promise<IssuedTicket> {
    const tickets = this.dataSource.getRepository(WsTicketEntity);
    const now = this.clock.now();
    await tickets.delete({ expiresAt: LessThan(new Date(now)) });
    const ticket = this.ids.secret(TICKET_BYTES);
    await tickets.insert({
      hash: hashOf(ticket),
      userId,
      familyId: loginId,
      gateway,
      expiresAt: new Date(now + LIFE_SECONDS * 1000),
      accessExpiresAt: new Date(expiresAtMs),
    });
    return { ticket, expiresIn: LIFE_SECONDS };
  }

  private async redeemInDatabase(ticket: string, gateway: Gateway): Promise<Principal | undefined> {
    const [rows] = await this.dataSource.query<[RedeemedRow[], number]>(REDEEM, [hashOf(ticket)]);
    const [row] = rows;
    if (!row?.is_live || row.gateway !== gateway || row.expires_at.getTime() <= this.clock.now()) return undefined;
    return {
      userId: row.user_id,
      email: row.email,
      role: currentRole(row.role),
      loginId: row.family_id,
      expiresAtMs: row.access_expires_at.getTime(),
    };
  }
}

/** Of two nodes that race for a ticket, one deletes the row and the other finds none. */
const REDEEM = `
  DELETE FROM ws_tickets AS ticket
  USING users, login_families AS family
  WHERE ticket.hash = $1 AND users.id = ticket.user_id AND family.id = ticket.family_id
  RETURNING ticket.gateway, ticket.user_id, ticket.family_id, ticket.expires_at, ticket.access_expires_at,
            users.email, users.role, (users.disabled_at IS NULL AND family.revoked_at IS NULL) AS is_live`;

function hashOf(ticket: string): string {
  return createHash('sha256').update(ticket).digest('hex');
}
