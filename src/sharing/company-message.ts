import type { Person, SessionViewer } from '@holdfast/protocol';
import { z } from 'zod';
import type { AudienceMember } from '../pty-host/wire/host-messages';

/*
 * What gateways say to each other about the people at one session. It travels through the PTY host, to which every gateway that has
 * somebody there is connected: nothing of it waits for the database, and nothing of it outlives an attachment.
 */

/** One line, shown to everybody at the session. */
export const MAX_REASON = 200;

const personSchema = z.object({ id: z.uuid(), email: z.string().max(320) });

const labelSchema = z.object({
  user: personSchema,
  /** May answer those who want to type. */
  manages: z.boolean(),
  /** An administrator who is not a member. */
  watches: z.boolean(),
});

/** What an attachment is called. */
export type AudienceLabel = z.output<typeof labelSchema>;

const messageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('write-requested'), requestId: z.uuid(), from: z.uuid(), user: personSchema }),
  z.object({
    kind: z.literal('write-answered'),
    requestId: z.uuid(),
    allow: z.boolean(),
    forSeconds: z.number().optional(),
  }),
  z.object({ kind: z.literal('write-settled'), requestId: z.uuid(), allowed: z.boolean() }),
  z.object({ kind: z.literal('write-revoked'), userId: z.uuid() }),
  z.object({ kind: z.literal('kicked'), userId: z.uuid() }),
  z.object({ kind: z.literal('terminating'), by: personSchema, reason: z.string().max(MAX_REASON) }),
  /** The record of a Claude session is another one: read it again. */
  z.object({ kind: z.literal('claude') }),
]);

export type CompanyMessage = z.output<typeof messageSchema>;

/** Undefined = of a gateway of another version. */
export function parseCompanyMessage(text: string): CompanyMessage | undefined {
  return messageSchema.safeParse(parseJson(text)).data;
}

export interface LabelledMember extends Omit<AudienceMember, 'label'> {
  readonly label: AudienceLabel;
}

export function labelled(members: readonly AudienceMember[]): LabelledMember[] {
  return members.flatMap(({ label, ...member }) => {
    const { data } = labelSchema.safeParse(parseJson(label));
    return data ? [{ ...member, label: data }] : [];
  });
}

/** Each person once, in the order in which they came. */
export function viewersOf(members: readonly LabelledMember[]): SessionViewer[] {
  const byUser = new Map<string, SessionViewer>();
  for (const { label, role, since } of [...members].sort((a, b) => a.since - b.since)) {
    const known = byUser.get(label.user.id);
    if (!known) byUser.set(label.user.id, { user: label.user, role, since });
    else if (role === 'writer') byUser.set(label.user.id, { ...known, role });
  }
  return [...byUser.values()];
}

/** The administrators who watch, each once. */
export function watchersOf(members: readonly LabelledMember[]): Map<string, Person> {
  return new Map(members.filter(({ label }) => label.watches).map(({ label: { user } }) => [user.id, user]));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
