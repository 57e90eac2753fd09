import { Module } from '@nestjs/common';
import { SessionSurroundingsModule } from '../../launch-profiles/session-surroundings.module';
import { WorkspacesModule } from '../../workspaces/workspaces.module';
import { ClaudeLifecycleModule } from '../lifecycle/claude-lifecycle.module';
import { ClaudeAccess } from './claude-access';
import { ClaudeLauncher } from './claude-launcher';
import { ClaudeProgramModule } from './claude-program.module';
import { ClaudeRooms } from './claude-rooms';
import { ClaudeTokenEnds } from './claude-token-ends';

/** From a Claude session to the CLI in its sandbox. */
@Module({
  imports: [ClaudeLifecycleModule, ClaudeProgramModule, SessionSurroundingsModule, WorkspacesModule],
  providers: [ClaudeAccess, ClaudeLauncher, ClaudeRooms, ClaudeTokenEnds],
  exports: [ClaudeLauncher],
})
export class ClaudeLaunchModule {}
