import { WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import { ConnectionFactory } from '../terminal-connection/connection-factory';
import { admissionOf } from '../terminal-connection/endpoint.adapter';
import type { GatewayProfile } from '../terminal-connection/profile';
import { ClaudeLauncher } from './launch/claude-launcher';
import { ClaudeChannels } from './status/claude-channels';

/** Claude Code: on WS_CLAUDE_PORT and at /ws/claude. */
@WebSocketGateway({ path: '/ws/claude', gateway: 'claude' })
export class ClaudeTerminalGateway implements OnGatewayConnection<WebSocket> {
  private readonly profile: GatewayProfile;

  constructor(
    private readonly connections: ConnectionFactory,
    claude: ClaudeLauncher,
    channels: ClaudeChannels,
  ) {
    this.profile = {
      gateway: 'claude',
      profileFor: (principal, wanted) => claude.profileFor(principal, wanted),
      launch: (principal, session) => claude.build(principal, session),
      extra: (parts) => channels.of(parts),
    };
  }

  handleConnection(webSocket: WebSocket): void {
    this.connections.accept(webSocket, admissionOf(webSocket), this.profile);
  }
}
