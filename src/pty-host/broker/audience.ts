import { type AudienceMember, MAX_RELAY_LENGTH } from '../wire/host-messages';
import type { Attachments } from './attachments';
import { HostRefusalError } from './host-refusal-error';

/** Comings and goings within this time are told once. */
const SETTLE_MS = 100;
/** Told at a time: with the longest labels this is a small part of a frame. */
const MAX_TOLD = 64;

/** The attachments of one terminal that have a name: they hear of each other, and their gateways talk through it. */
export class Audience {
  private timer: NodeJS.Timeout | undefined;
  private told = 0;

  constructor(private readonly attachments: Attachments) {}

  /** In the order in which they came. */
  get members(): AudienceMember[] {
    return [...this.attachments].flatMap(({ options: { name, role }, since }) =>
      name ? [{ id: name.id, label: name.label, role, since }] : [],
    );
  }

  changed(): void {
    this.timer ??= setTimeout(() => this.tell(), SETTLE_MS).unref();
  }

  /** To the attachment named `to`, or to all; answers how many that were. */
  relay(message: string, to: string | undefined): number {
    if (message.length > MAX_RELAY_LENGTH) {
      throw new HostRefusalError('bad_request', `A message has at most ${MAX_RELAY_LENGTH} characters.`);
    }
    let delivered = 0;
    for (const { options, sink, channel } of this.attachments) {
      if (!options.name || (to !== undefined && options.name.id !== to)) continue;
      sink.event(channel, 'relayed', { message });
      delivered++;
    }
    return delivered;
  }

  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private tell(): void {
    this.timer = undefined;
    const { members } = this;
    // Most terminals never have but one: nothing is said to those.
    if (members.length > 1 || this.told > 1) {
      const more = Math.max(0, members.length - MAX_TOLD);
      const event = { members: members.slice(0, MAX_TOLD), more };
      for (const { options, sink, channel } of this.attachments) {
        if (options.name) sink.event(channel, 'audience', event);
      }
    }
    this.told = members.length;
  }
}
