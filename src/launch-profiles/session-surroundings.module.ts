import { Module } from '@nestjs/common';
import { UsersModule } from '../users/users.module';
import { WorkspacesModule } from '../workspaces/workspaces.module';
import { LaunchProfilesModule } from './launch-profiles.module';
import { SessionSurroundings } from './session-surroundings';

@Module({
  imports: [LaunchProfilesModule, UsersModule, WorkspacesModule],
  providers: [SessionSurroundings],
  exports: [SessionSurroundings],
})
export class SessionSurroundingsModule {}
