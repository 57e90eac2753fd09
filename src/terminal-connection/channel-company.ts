import type { ClientMessage, Person } from '@holdfast/protocol';
import type { AttachmentEvents, AttachmentName } from '../pty-host/wire/host-messages';
import type { OpenedSession } from '../sessions/session-opener';
import { labelled, parseCompanyMessage, viewersOf, watchersOf } from '../sharing/company-message';
import { attachmentName } from './attachment-name';
import type { ChannelWire } from './channel-wire';
import type { ConnectionContext } from './connection-context';
import { kicked, shareEnded } from './dismissals';
import { asDomainError } from './refusals';
import type { Seat } from './seat';
import { WriteConsent } from './write-consent';

/** Of a client, about other people. */
export type PeopleMessage = Extract<
  ClientMessage,
  { event: 'write.request' | 'write.answer' | 'write.revoke' | 'kick' }
>;

/** The others at a session, for one channel: who they are, who watches, who may type by consent, and who has to leave. */
export class ChannelCompany {
  readonly name: AttachmentName;
  readonly consent: WriteConsent;
  private readonly expiry: NodeJS.Timeout | undefined;
  private watchers = new Map<string, Person>();
  /** The client was told of others, and is to be told when they have left. */
  private told = false;

  constructor(
    private readonly channel: number,
    private readonly session: OpenedSession,
    private readonly context: Pick<ConnectionContext, 'company' | 'principal' | 'trail'>,
    private readonly wire: ChannelWire,
    private readonly seat: Seat,
  ) {
    const { guest } = session.rights;
    const principal = context.principal();
    this.name = attachmentName(context.company.newId(), principal, session.rights);
    this.consent = new WriteConsent({ channel, name: this.name.id, session, ...context, wire, seat });
    if (guest) this.expiry = setTimeout(() => seat.dismiss(shareEnded()), guest.expiresAtMs - Date.now()).unref();
  }

  onAudience({ members, more }: AttachmentEvents['audience']): void {
    const present = labelled(members);
    this.told = true;
    this.wire.event('presence', { channel: this.channel, viewers: viewersOf(present), ...(more > 0 && { more }) });
    this.showWatchers(watchersOf(present));
  }

  onRelayed({ message: text }: AttachmentEvents['relayed']): void {
    const message = parseCompanyMessage(text);
    if (!message) return;
    switch (message.kind) {
      case 'kicked':
        if (message.userId === this.context.principal().userId) this.seat.dismiss(kicked());
        return;
      case 'terminating':
        return this.terminating(message.by, message.reason);
      case 'claude':
        // Of what the program is about, not of people.
        return;
      default:
        return this.consent.onMessage(message);
    }
  }

  /** The host restarted and has forgotten whom it told of whom. */
  async refresh(): Promise<void> {
    if (!this.told) return;
    const { company } = this.context;
    const present = await company.members(this.session.key).catch(() => undefined);
    if (!present) return;
    this.wire.event('presence', { channel: this.channel, viewers: viewersOf(present) });
    this.showWatchers(watchersOf(present));
  }

  onClient(message: PeopleMessage): void {
    this.perform(message).catch((error: unknown) => this.wire.error(asDomainError(error), this.channel, message.id));
  }

  private perform(message: PeopleMessage): Promise<void> {
    switch (message.event) {
      case 'write.request':
        return this.consent.request(message.id);
      case 'write.answer':
        return this.consent.answer(message.data);
      case 'write.revoke':
        return this.consent.revoke(message.data.user);
      case 'kick':
        return this.kick(message.data.user);
    }
  }

  private async kick(userId: string): Promise<void> {
    if (this.context.principal().role !== 'admin') this.consent.requireManager();
    const { company, trail } = this.context;
    await company.sendAway(this.session.key, userId.toLowerCase());
    trail.acted('session.kicked', this.session, userId);
  }

  close(): void {
    clearTimeout(this.expiry);
    this.consent.close();
  }

  private showWatchers(now: Map<string, Person>): void {
    now.delete(this.context.principal().userId);
    for (const [id, by] of now) if (!this.watchers.has(id)) this.notice(by, true);
    for (const [id, by] of this.watchers) if (!now.has(id)) this.notice(by, false);
    this.watchers = now;
  }

  private terminating(by: Person, reason: string): void {
    const text = `${by.email}, an administrator, ends this terminal: ${reason}`;
    this.wire.event('notice', { channel: this.channel, kind: 'terminated', active: true, text, by });
  }

  private notice(by: Person, active: boolean): void {
    const text = `${by.email}, an administrator, ${active ? 'is watching' : 'no longer watches'} this terminal.`;
    this.wire.event('notice', { channel: this.channel, kind: 'watched', active, text, by });
  }
}
