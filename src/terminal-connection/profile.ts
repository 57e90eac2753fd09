import type { Principal } from '../auth/principal';
import type { Launch } from '../pty-host/wire/host-messages';
import type { SessionGateway } from '../sessions/session.entity';

/** What distinguishes the gateways: everything else of a connection is the same. */
export interface GatewayProfile {
  readonly gateway: SessionGateway;
  /** What to run in a new session. Throws a `DomainError` when it cannot be had. */
  launch(principal: Principal, session: { readonly id: string; readonly projectId: string }): Launch;
}
