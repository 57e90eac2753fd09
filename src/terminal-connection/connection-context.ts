import type { LoggerService } from '@nestjs/common';
import type { Principal } from '../auth/principal';
import type { PtyHostClient } from '../pty-client/pty-host-client';
import type { ScreenMirrors } from '../screen-mirror/screen-mirrors';
import type { SessionCompany } from '../sharing/session-company';
import type { SessionService } from '../sessions/session.service';
import type { ConnectionStats } from './connection-stats';
import type { GatewayProfile } from './profile';
import type { InputAllowance } from './socket-intake';
import type { SocketTrail } from './socket-trail';

/** What the channels of a socket share. */
export interface ConnectionContext {
  readonly profile: GatewayProfile;
  readonly sessions: SessionService;
  readonly company: SessionCompany;
  readonly host: PtyHostClient;
  readonly mirrors: ScreenMirrors;
  readonly stats: ConnectionStats;
  readonly trail: SocketTrail;
  readonly allowance: InputAllowance;
  readonly log: Pick<LoggerService, 'error'>;
  readonly limits: { readonly windowBytes: number; readonly replayBytes: number };
  /** Who calls; changes when the credential is renewed. */
  principal(): Principal;
}
