import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Clock } from '../kernel/clock';
import { DomainError } from '../kernel/domain-error';
import { givenRoleSchema } from '../users/user-role';

const ticketSchema = z.object({
  gateway: z.enum(['terminal', 'claude']),
  issuedAtMs: z.number(),
  principal: z.object({
    userId: z.string(),
    email: z.string(),
    role: givenRoleSchema,
    loginId: z.string(),
    expiresAtMs: z.number(),
  }),
});
export type NodeTicket = z.output<typeof ticketSchema>;

/** `node.{Unix milliseconds of its end}.{secret}`; tickets of the database have no dot. */
const FORM = /^node\.(\d{1,16})\.([\w-]{20,100})$/;
/** Outstanding at a time: every client of this node, several times over. */
const MAX_TICKETS = 10_000;

/**
 * Tickets while the database is away: one file each in DATA_DIR, named by end and hash. Removing a file succeeds for one
 * process of this node only, which is what makes a ticket good for one use.
 */
export class NodeTickets {
  constructor(
    private readonly directory: string,
    private readonly clock: Clock,
  ) {}

  static issued(ticket: string): boolean {
    return FORM.test(ticket);
  }

  issue(secret: string, ticket: NodeTicket, lifeMs: number): string {
    fs.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    if (this.sweep() >= MAX_TICKETS) {
      throw new DomainError('rate_limited', 'Too many tickets are outstanding on this node; try again.', {
        retryable: true,
        details: { limit: 'tickets', value: MAX_TICKETS },
      });
    }
    const issued = `node.${this.clock.now() + lifeMs}.${secret}`;
    const file = this.fileOf(issued);
    fs.writeFileSync(`${file}.new`, JSON.stringify(ticket), { mode: 0o600 });
    fs.renameSync(`${file}.new`, file);
    return issued;
  }

  /** Undefined = unknown, used or expired. */
  take(issued: string): NodeTicket | undefined {
    const file = this.fileOf(issued);
    if (endOf(path.basename(file)) <= this.clock.now()) return undefined;
    try {
      const ticket = ticketSchema.parse(JSON.parse(fs.readFileSync(file, 'utf8')));
      // Of two that got this far, the removal succeeds for one.
      fs.unlinkSync(file);
      return ticket;
    } catch {
      return undefined;
    }
  }

  /** Removes what expired; answers how many are left. */
  private sweep(): number {
    const [now, names] = [this.clock.now(), fs.readdirSync(this.directory)];
    const expired = names.filter((name) => endOf(name) <= now);
    for (const name of expired) fs.rmSync(path.join(this.directory, name), { force: true });
    return names.length - expired.length;
  }

  private fileOf(issued: string): string {
    const [, end = '0', secret = ''] = FORM.exec(issued) ?? [];
    return path.join(this.directory, `${end}-${createHash('sha256').update(secret).digest('hex')}`);
  }
}

function endOf(name: string): number {
  return Number.parseInt(name, 10) || 0;
}
