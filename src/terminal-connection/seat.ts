import type { Role } from '@holdfast/protocol';
import type { DomainError } from '../kernel/domain-error';
import type { SessionRights } from '../sessions/session-rights';

/** One attachment of somebody to one session, as far as the rights of people are concerned. */
export interface Seat {
  readonly role: Role;
  /** Told to the client once it holds. */
  setRole(role: Role): Promise<void>;
  /** Ends the attachment; the terminal runs on. */
  dismiss(error: DomainError): void;
}

/** What an attachment rests on. */
export interface Holding {
  /** Of the session. */
  readonly key: string;
  readonly projectId: string;
  readonly rights: SessionRights;
}
