import { Inject, Injectable, Logger } from '@nestjs/common';
import { SUBPROTOCOL_RAW } from '@holdfast/protocol';
import type { WebSocket } from 'ws';
import { CONFIG, type Config } from '../../config/environment';
import { AccessTokens } from '../auth/access-tokens';
import { Ids } from '../kernel/ids';
import type { Admission } from './admission';
import { ConnectionServices } from './connection-services';
import { Connections } from './connections';
import type { GatewayProfile } from './profile';
import { RawConnection } from './raw-connection';
import { SERVER_VERSION } from './server-version';
import { TerminalConnection } from './terminal-connection';

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

  accept(webSocket: WebSocket, admission: Admission, profile: GatewayProfile): void {
    const { config, tokens, ids } = this;
    const { principal } = admission;
    const { windowBytes, heartbeatIntervalMs: heartbeatMs } = config.webSocket;
    const limits = { windowBytes, replayBytes: config.sessions.replayBytes };
    const context = { ...this.services, profile, log: this.log, limits };
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
    webSocket.once('close', () => this.connections.remove(connection));
  }
}
