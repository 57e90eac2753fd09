import { Module } from '@nestjs/common';
import { HealthModule } from '../health/health.module';
import { ProjectsModule } from '../projects/projects.module';
import { PtyClientModule } from '../pty-client/pty-client.module';
import { ProjectIncarnations } from './project-incarnations';
import { UsageController } from './usage.controller';
import { UsagePatrol } from './usage-patrol';
import { UsageWatch } from './usage-watch';
import { WorkspaceRemoval } from './workspace-removal';
import { Workspaces } from './workspaces';

/** The files of projects and users: where they are, how much they are, and that they go with their project. */
@Module({
  imports: [HealthModule, ProjectsModule, PtyClientModule],
  controllers: [UsageController],
  providers: [ProjectIncarnations, UsagePatrol, UsageWatch, WorkspaceRemoval, Workspaces],
  exports: [Workspaces],
})
export class WorkspacesModule {}
