import { WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import { ConnectionFactory } from '../terminal-connection/connection-factory';
import { admissionOf } from '../terminal-connection/endpoint.adapter';
import type { GatewayProfile } from '../terminal-connection/profile';
import { ShellLaunch } from './shell-launch';

/** Shells: on WS_TERMINAL_PORT and at /ws/terminal. */
@WebSocketGateway({ path: '/ws/terminal', gateway: 'terminal' })
export class SystemTerminalGateway implements OnGatewayConnection<WebSocket> {
  private readonly profile: GatewayProfile;

  constructor(
    private readonly connections: ConnectionFactory,
    shell: ShellLaunch,
  ) {
    this.profile = {
      gateway: 'terminal',
      profileFor: (principal, wanted) => shell.profileFor(principal, wanted),
      launch: (principal, session) => shell.build(principal, session),
    };
  }

  handleConnection(webSocket: WebSocket): void {
    this.connections.accept(webSocket, admissionOf(webSocket), this.profile);
  }
}
