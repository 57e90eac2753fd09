import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module';
import { ScreenMirrorModule } from '../screen-mirror/screen-mirror.module';
import { SessionsModule } from '../sessions/sessions.module';
import { AdmissionDesk } from './admission';
import { ConnectionFactory } from './connection-factory';
import { ConnectionServices } from './connection-services';
import { ConnectionStats } from './connection-stats';
import { Connections } from './connections';

@Module({
  imports: [AuthModule, ScreenMirrorModule, SessionsModule],
  providers: [AdmissionDesk, ConnectionFactory, ConnectionServices, ConnectionStats, Connections],
  exports: [AdmissionDesk, ConnectionFactory, ConnectionStats, Connections],
})
export class TerminalConnectionModule {}
