import { Module } from '@nestjs/common';
import { ProjectsModule } from '../projects/projects.module';
import { SessionsModule } from '../sessions/sessions.module';
import { TerminalConnectionModule } from '../terminal-connection/terminal-connection.module';
import { ClaudeStatusModule } from './claude-status.module';
import { ClaudeTerminalGateway } from './claude-terminal.gateway';
import { ClaudeLaunchModule } from './launch/claude-launch.module';
import { ClaudeComebacksModule } from './lifecycle/claude-comebacks.module';
import { ClaudeActionsController } from './rest/claude-actions.controller';
import { ClaudePermissionsController } from './rest/claude-permissions.controller';
import { ClaudeSessionList } from './rest/claude-session-list';
import { ClaudeSessionsController } from './rest/claude-sessions.controller';
import { ClaudeChannels } from './status/claude-channels';

@Module({
  imports: [
    ClaudeComebacksModule,
    ClaudeLaunchModule,
    ClaudeStatusModule,
    ProjectsModule,
    SessionsModule,
    TerminalConnectionModule,
  ],
  controllers: [ClaudeActionsController, ClaudePermissionsController, ClaudeSessionsController],
  providers: [ClaudeChannels, ClaudeSessionList, ClaudeTerminalGateway],
})
export class ClaudeTerminalModule {}
