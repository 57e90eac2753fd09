import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module';
import { ProjectsModule } from '../projects/projects.module';
import { ScreenMirrorModule } from '../screen-mirror/screen-mirror.module';
import { SessionsModule } from '../sessions/sessions.module';
import { SharingModule } from '../sharing/sharing.module';
import { AccessSweep } from './access-sweep';
import { AdmissionDesk } from './admission';
import { AuditedAdmission } from './audited-admission';
import { ConnectionFactory } from './connection-factory';
import { ConnectionServices } from './connection-services';
import { ConnectionStats } from './connection-stats';
import { Connections } from './connections';
import { UpgradeGate } from './upgrade-gate';

@Module({
  imports: [AuthModule, ProjectsModule, ScreenMirrorModule, SessionsModule, SharingModule],
  providers: [
    AccessSweep,
    AdmissionDesk,
    AuditedAdmission,
    ConnectionFactory,
    ConnectionServices,
    ConnectionStats,
    Connections,
    UpgradeGate,
  ],
  exports: [ConnectionFactory, ConnectionStats, Connections, UpgradeGate],
})
export class TerminalConnectionModule {}
