import { Module } from '@nestjs/common';
import { ProjectsModule } from '../projects/projects.module';
import { UsersModule } from '../users/users.module';
import { AdminAlertsController } from './alerts/admin-alerts.controller';
import { Alerts } from './alerts/alerts';
import { PlatformAlerts } from './alerts/platform-alerts';
import { PtyHostAlerts } from './alerts/pty-host-alerts';
import { SecretAlerts } from './alerts/secret-alerts';
import { AdminCircuitBreakersController } from './circuit-breakers/admin-circuit-breakers.controller';
import { AdminNodesController } from './nodes/admin-nodes.controller';
import { Nodes } from './nodes/nodes';
import { AdminMembersController } from './projects/admin-members.controller';
import { AdminProjectsController } from './projects/admin-projects.controller';
import { AdminProjects } from './projects/admin-projects.service';
import { ProjectOverview } from './projects/project-overview';
import { AdminSettingsController } from './settings/admin-settings.controller';
import { AdminSettings } from './settings/admin-settings.service';
import { AdminLoginsController } from './users/admin-logins.controller';
import { AdminUsersController } from './users/admin-users.controller';
import { AdminUsers } from './users/admin-users.service';

/** The REST surface for administrators, but for sessions: those need terminals. */
@Module({
  imports: [ProjectsModule, UsersModule],
  controllers: [
    AdminAlertsController,
    AdminCircuitBreakersController,
    AdminLoginsController,
    AdminMembersController,
    AdminNodesController,
    AdminProjectsController,
    AdminSettingsController,
    AdminUsersController,
  ],
  providers: [
    AdminProjects,
    AdminSettings,
    AdminUsers,
    Alerts,
    Nodes,
    PlatformAlerts,
    ProjectOverview,
    PtyHostAlerts,
    SecretAlerts,
  ],
  exports: [Alerts],
})
export class AdminModule {}
