import { ErrorCode, type ClientEvents, type Person } from '@holdfast/protocol';
import { BoundedMap } from '../infrastructure/cache/bounded-map';
import { DomainError } from '../kernel/domain-error';
import type { OpenedSession } from '../sessions/session-opener';
import type { CompanyMessage } from '../sharing/company-message';
import type { ChannelWire } from './channel-wire';
import type { ConnectionContext } from './connection-context';
import type { Seat } from './seat';
import { asDomainError } from './refusals';

/** Whoever is asked may be away from the keyboard for a moment; then the requester is told that nobody answered. */
const ANSWER_MS = 60_000;
/** After a no, so that nobody is asked again and again. */
const ASK_AGAIN_MS = 10_000;
/** Requests of others that this channel may answer; more at a time are nobody's to read. */
const MAX_ASKED = 32;

export interface ConsentParts extends Pick<ConnectionContext, 'company' | 'principal' | 'trail'> {
  readonly channel: number;
  /** Of the attachment, for answers. */
  readonly name: string;
  readonly session: OpenedSession;
  readonly wire: ChannelWire;
  readonly seat: Seat;
}

interface Pending {
  readonly requestId: string;
  readonly timer: NodeJS.Timeout;
}

/**
 * Typing by consent, both sides of it. The gateway of the one who asks keeps the request and takes the first answer; the consent
 * lives with the attachment it was given to, and nowhere else.
 */
export class WriteConsent {
  private pending: Pending | undefined;
  private granted: { readonly timer: NodeJS.Timeout | undefined } | undefined;
  private notBefore = Number.NEGATIVE_INFINITY;
  /** Who asked, by request. */
  private readonly asked = new BoundedMap<string, { readonly from: string; readonly user: Person }>(MAX_ASKED);

  constructor(private readonly parts: ConsentParts) {}

  /** Throws a refusal. */
  async request(id: string | undefined): Promise<void> {
    const { channel, company, name, principal, seat, session, wire } = this.parts;
    // By right: they only chose to watch, or asked twice.
    if (session.rights.role !== 'viewer' || seat.role === 'writer') return seat.setRole('writer');
    this.requireMayAsk();
    if (this.pending) return wire.event('write.pending', { channel, requestId: this.pending.requestId }, id);
    const requestId = company.newId();
    this.pending = { requestId, timer: setTimeout(() => this.unanswered(requestId), ANSWER_MS).unref() };
    try {
      const members = await company.members(session.key);
      if (!members.some(({ label }) => label.manages)) throw nobodyToAsk();
      const { userId, email } = principal();
      wire.event('write.pending', { channel, requestId }, id);
      await company.send(session.key, { kind: 'write-requested', requestId, from: name, user: { id: userId, email } });
    } catch (error) {
      this.takePending(requestId);
      throw error;
    }
  }

  /** Throws a refusal. The one who asked decides which answer was the first. */
  async answer({ requestId, allow, forSeconds }: ClientEvents['write.answer']): Promise<void> {
    this.requireManager();
    const { company, session, trail } = this.parts;
    const asking = this.asked.get(requestId);
    const answer: CompanyMessage = { kind: 'write-answered', requestId, allow, forSeconds };
    const delivered = asking ? await company.send(session.key, answer, asking.from) : 0;
    if (!asking || delivered === 0) {
      this.asked.delete(requestId);
      throw new DomainError(ErrorCode.conflict, 'This request was answered already, or nobody waits for it any more.');
    }
    trail.acted(allow ? 'session.write.granted' : 'session.write.refused', session, asking.user.id);
  }

  /** Throws a refusal. */
  async revoke(userId: string): Promise<void> {
    this.requireManager();
    const { company, session, trail } = this.parts;
    await company.send(session.key, { kind: 'write-revoked', userId });
    trail.acted('session.write.revoked', session, userId);
  }

  requireManager(): void {
    if (this.parts.session.rights.manages) return;
    throw new DomainError(ErrorCode.forbidden, 'Only who made this session, or an owner of its project, may do this.');
  }

  onMessage(message: Exclude<CompanyMessage, { kind: 'kicked' | 'terminating' | 'claude' }>): void {
    const { channel, name, principal, session, wire } = this.parts;
    switch (message.kind) {
      case 'write-requested': {
        const { requestId, from, user } = message;
        if (!session.rights.manages || from === name) return;
        this.asked.set(requestId, { from, user });
        return wire.event('write.requested', { channel, requestId, user });
      }
      case 'write-answered':
        return void this.settle(message.requestId, message.allow, message.forSeconds);
      case 'write-settled': {
        const { requestId, allowed } = message;
        if (this.asked.delete(requestId)) wire.event('write.settled', { channel, requestId, allowed });
        return;
      }
      case 'write-revoked':
        if (message.userId === principal().userId) void this.end();
    }
  }

  close(): void {
    clearTimeout(this.pending?.timer);
    clearTimeout(this.granted?.timer);
    if (this.pending) this.announce(this.pending.requestId, false);
    this.pending = this.granted = undefined;
  }

  private requireMayAsk(): void {
    const { principal, session } = this.parts;
    if (principal().role === 'viewer') throw new DomainError(ErrorCode.forbidden, 'You may only watch on this server.');
    const { guest } = session.rights;
    if (guest && guest.access !== 'request-write') {
      throw new DomainError(ErrorCode.forbidden, 'This terminal was shared with you for watching only.');
    }
    const retryAfterMs = Math.ceil(this.notBefore - performance.now());
    if (retryAfterMs <= 0) return;
    const message = 'Your request was just refused; ask again in a moment.';
    throw new DomainError(ErrorCode.rateLimited, message, { retryable: true, retryAfterMs });
  }

  private unanswered(requestId: string): void {
    void this.settle(requestId, false);
  }

  private async settle(requestId: string, allowed: boolean, forSeconds?: number): Promise<void> {
    if (!this.takePending(requestId)) return;
    const { channel, seat, session, wire } = this.parts;
    this.announce(requestId, allowed);
    wire.event('write.settled', { channel, requestId, allowed });
    if (!allowed) {
      this.notBefore = performance.now() + ASK_AGAIN_MS;
      return;
    }
    const timer = forSeconds === undefined ? undefined : setTimeout(() => void this.end(), forSeconds * 1000).unref();
    this.granted = { timer };
    await seat.setRole('writer').catch((error: unknown) => {
      this.granted = undefined;
      clearTimeout(timer);
      wire.error(asDomainError(error), channel);
    });
    // Taken back while it was being given.
    if (!this.granted && seat.role === 'writer' && session.rights.role === 'viewer') await seat.setRole('viewer');
  }

  /** The consent is over. */
  private async end(): Promise<void> {
    if (!this.granted) return;
    clearTimeout(this.granted.timer);
    this.granted = undefined;
    if (this.parts.seat.role === 'writer') await this.parts.seat.setRole('viewer');
  }

  private takePending(requestId: string): boolean {
    if (this.pending?.requestId !== requestId) return false;
    clearTimeout(this.pending.timer);
    this.pending = undefined;
    return true;
  }

  /** To the others who were asked. Whoever misses it finds out when they answer. */
  private announce(requestId: string, allowed: boolean): void {
    const { company, session } = this.parts;
    company.send(session.key, { kind: 'write-settled', requestId, allowed }).catch(() => undefined);
  }
}

function nobodyToAsk(): DomainError {
  return new DomainError(ErrorCode.conflict, 'Nobody who may allow it has this terminal open. Ask again later.');
}
