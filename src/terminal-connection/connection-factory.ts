import { Inject, Injectable, Logger } from '@nestjs/common';
import { SUBPROTOCOL_RAW } from '@holdfast/protocol';
import type { WebSocket } from 'ws';
import { CONFIG, type Config } from '../../config/environment';
import { AccessTokens } from '../auth/access-tokens';
import { Ids } from '../kernel/ids';
import { ConnectionServices } from './connection-services';
import { Connections } from './connections';
import type { GatewayProfile } from './profile';
import { RawConnection } from './raw-connection';
import { SERVER_VERSION } from './server-version';
import { SocketTrail } from './socket-trail';
import { TerminalConnection } from './terminal-connection';
import type { AdmittedSocket } from './upgrade-gate';

/** Makes the one object that owns a socket, and lets go of it at its close. Both gateways hand their sockets over here. */
@Injectable()
export class ConnectionFactory {
  private readonly log = new Logger('Connection');

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly services: ConnectionServices,
    private readonly connections: Connections,
    private readonly tokens: AccessTokens,
    private readonly ids: Ids,
  ) {}

  accept(webSocket: WebSocket, admission: AdmittedSocket, profile: GatewayProfile): void {
    const { config, tokens, ids } = this;
    const { principal, allowance } = admission;
    const { audit, ...services } = this.services;
    const trail = new SocketTrail(audit, admission, profile.gateway);
    const { windowBytes, heartbeatIntervalMs: heartbeatMs } = config.webSocket;
    const limits = { windowBytes, replayBytes: config.sessions.replayBytes };
    const context = { ...services, trail, allowance, profile, log: this.log, limits };
    const connection =
      admission.protocol === SUBPROTOCOL_RAW
        ? new RawConnection(webSocket, { context, principal, request: admission.request, ids })
        : new TerminalConnection(webSocket, {
            context,
            principal,
            tokens,
            server: { version: SERVER_VERSION, node: config.nodeName, heartbeatMs },
          });
    this.connections.add(connection);
    webSocket.once('close', (code) => {
      this.connections.remove(connection);
      trail.closed(code);
    });
  }
}
