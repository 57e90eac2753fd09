import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FakeClock } from '../../test/support/fake-clock';
import { type NodeTicket, NodeTickets } from './node-tickets';

const SECRET = 'a-secret-of-some-thirty-two-bytes';

describe('NodeTickets', () => {
  let directory: string;
  let clock: FakeClock;
  let ticket: NodeTicket;

  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hf-tickets-'));
    clock = new FakeClock();
    const principal = {
      userId: 'u',
      email: 'e',
      role: 'member',
      loginId: 'l',
      expiresAtMs: clock.now() + 60_000,
    } as const;
    ticket = { gateway: 'terminal', issuedAtMs: clock.now(), principal };
  });

  afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

  it('are good once, for whichever process of the node', () => {
    const [one, other] = [new NodeTickets(directory, clock), new NodeTickets(directory, clock)];
    const issued = one.issue(SECRET, ticket, 1000);
    expect(NodeTickets.issued(issued)).toBe(true);
    expect([other.take(issued), one.take(issued), other.take(issued)]).toEqual([ticket, undefined, undefined]);
  });

  it('end, and leave nothing behind', () => {
    const tickets = new NodeTickets(directory, clock);
    const issued = tickets.issue(SECRET, ticket, 1000);
    clock.advance(1000);
    expect(tickets.take(issued)).toBeUndefined();
    const later = tickets.issue(`${SECRET}-2`, ticket, 1000);
    expect(fs.readdirSync(directory)).toHaveLength(1);
    expect(tickets.take(later)).toEqual(ticket);
  });

  it('cannot be prolonged or made up', () => {
    const tickets = new NodeTickets(directory, clock);
    const issued = tickets.issue(SECRET, ticket, 1000);
    expect(tickets.take(issued.replace(/\d+/, String(clock.now() + 9000)))).toBeUndefined();
    expect(tickets.take(`node.${clock.now() + 1000}.../../${SECRET}`)).toBeUndefined();
    expect(fs.readFileSync(path.join(directory, fs.readdirSync(directory)[0] as string), 'utf8')).not.toContain(SECRET);
  });
});
