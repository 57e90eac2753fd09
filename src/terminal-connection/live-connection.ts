import type { Principal } from '../auth/principal';
import type { DomainError } from '../kernel/domain-error';
import type { Holding } from './seat';

/** A socket of either subprotocol, as the registry sees it. */
export interface LiveConnection {
  readonly principal: Principal;
  /** Projects it has terminals of. */
  readonly projectIds: Iterable<string>;
  /** What its open terminals rest on. */
  readonly holdings: Iterable<Holding>;
  /** Ends the attachments that are meant; the rest of the socket goes on. */
  dismiss(isMeant: (holding: Holding) => boolean, error: DomainError): void;
  /** Of no channel. */
  tell(event: string, data: object): void;
  /** Anything was received since the last call. */
  takeLife(): boolean;
  ping(): void;
  /** Asks the client to connect elsewhere; the socket stays open until it does. */
  goAway(reason: string, reconnectAfterMs: number): void;
  close(code: number, hint: object): void;
  /** Without the closing handshake, for a peer that does not answer. */
  destroy(): void;
}
