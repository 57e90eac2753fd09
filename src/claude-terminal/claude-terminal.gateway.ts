import { WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import { ErrorCode } from '@holdfast/protocol';
import type { WebSocket } from 'ws';
import { DomainError } from '../kernel/domain-error';
import { ConnectionFactory } from '../terminal-connection/connection-factory';
import { admissionOf } from '../terminal-connection/endpoint.adapter';
import type { GatewayProfile } from '../terminal-connection/profile';

/** Claude Code: on WS_CLAUDE_PORT and at /ws/claude. Sockets work as everywhere; opening a session says that it is not there. */
@WebSocketGateway({ path: '/ws/claude', gateway: 'claude' })
export class ClaudeTerminalGateway implements OnGatewayConnection<WebSocket> {
  private readonly profile: GatewayProfile = {
    gateway: 'claude',
    launch: () => {
      throw new DomainError(
        ErrorCode.unavailable,
        'Claude Code sessions are not available on this server yet; system terminals are.',
      );
    },
  };

  constructor(private readonly connections: ConnectionFactory) {}

  handleConnection(webSocket: WebSocket): void {
    this.connections.accept(webSocket, admissionOf(webSocket), this.profile);
  }
}
