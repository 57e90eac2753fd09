import type { Principal } from '../auth/principal';

/** A socket of either subprotocol, as the registry sees it. */
export interface LiveConnection {
  readonly principal: Principal;
  /** Projects it has terminals of. */
  readonly projectIds: Iterable<string>;
  /** Anything was received since the last call. */
  takeLife(): boolean;
  ping(): void;
  /** Asks the client to connect elsewhere; the socket stays open until it does. */
  goAway(reason: string, reconnectAfterMs: number): void;
  close(code: number, hint: object): void;
  /** Without the closing handshake, for a peer that does not answer. */
  destroy(): void;
}
