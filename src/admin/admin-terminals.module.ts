import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/sessions.module';
import { SharingModule } from '../sharing/sharing.module';
import { AdminModule } from './admin.module';
import { LauncherAlerts } from './alerts/launcher-alerts';
import { AdminSessionsController } from './sessions/admin-sessions.controller';
import { AdminSessions } from './sessions/admin-sessions.service';
import { AllSessions } from './sessions/all-sessions';

/** What administrators do with terminals. */
@Module({
  imports: [AdminModule, SessionsModule, SharingModule],
  controllers: [AdminSessionsController],
  providers: [AdminSessions, AllSessions, LauncherAlerts],
})
export class AdminTerminalsModule {}
