import type { Ports } from '../endpoints';
import type { NewAdministrator } from '../first-start/admin-bootstrap';
import type { Departure } from '../terminal-connection/connections';

/** Argument of a gateway process that a supervisor started. */
export const SUPERVISED = '--supervised';

/** Where a gateway process finds the sockets it inherits; 3 is the IPC channel. */
export const LISTENERS: Readonly<Record<keyof Ports, number>> = { http: 4, terminal: 5, claude: 6 };

/** What the supervisor tells a gateway process. */
export type ToGateway =
  { readonly kind: 'serve' } | { readonly kind: 'stop'; readonly departure: Departure } | { readonly kind: 'ping' };

/** What a gateway process tells its supervisor. */
export type FromGateway =
  /** Booted; serves as soon as it is told to. */
  | { readonly kind: 'warm'; readonly newAdministrator?: NewAdministrator }
  | { readonly kind: 'serving'; readonly ports: Ports }
  /** Somebody sent it a signal: another one has to serve. */
  | { readonly kind: 'leaving' }
  /** It ends now, and this is why. */
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'pong' };
