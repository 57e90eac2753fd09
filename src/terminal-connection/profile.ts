import type { Principal } from '../auth/principal';
import type { ProjectRole } from '../projects/project-role';
import type { ClientMessage } from '@holdfast/protocol';
import type { Launch } from '../pty-host/wire/host-messages';
import type { SessionGateway } from '../sessions/session.entity';
import type { OpenedSession, SessionToLaunch } from '../sessions/session-opener';
import type { ChannelWire } from './channel-wire';
import type { Seat } from './seat';
import type { SocketTrail } from './socket-trail';

/** What distinguishes the gateways: everything else of a connection is the same. */
export interface GatewayProfile {
  readonly gateway: SessionGateway;
  /** Which launch profile a new session gets; `wanted` is what the client named. Throws `profile_not_found`. */
  profileFor(principal: Principal, wanted: WantedLaunch): Promise<string>;
  /** What to run in a session that has no process. Throws a `DomainError` when it cannot be had. */
  launch(principal: Principal, session: SessionToLaunch): Promise<Launch>;
  /** What its channels tell and take besides the terminal. */
  extra?(parts: ChannelParts): ChannelExtra;
}

/** Of a client, about what only some gateways have. */
export type ExtraMessage = Extract<
  ClientMessage,
  { event: 'claude.permission.answer' | 'claude.continue' | 'claude.dismiss' }
>;

/** What a channel does for one gateway only. */
export interface ChannelExtra {
  /** The client was told `opened`. Comes again when the host restarted, and what was relayed meanwhile is lost. */
  onOpened(): void;
  onClient(message: ExtraMessage): void;
  /** From a gateway to everybody at the session; most of it is about other things. */
  onRelayed(text: string): void;
  close(): void;
}

/** What a {@link ChannelExtra} works with. */
export interface ChannelParts {
  readonly channel: number;
  readonly session: OpenedSession;
  readonly seat: Seat;
  readonly wire: ChannelWire;
  readonly trail: SocketTrail;
  principal(): Principal;
}

export interface WantedLaunch {
  readonly projectId: string;
  readonly projectRole: ProjectRole;
  /** Absent: what is the default there. */
  readonly profile?: string;
}
