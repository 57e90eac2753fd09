import { Module } from '@nestjs/common';
import { PtyClientModule } from '../pty-client/pty-client.module';
import { ScreenMirrorModule } from '../screen-mirror/screen-mirror.module';
import { SessionsModule } from '../sessions/sessions.module';
import { TerminalConnectionModule } from '../terminal-connection/terminal-connection.module';
import { ConnectionMetrics } from './connection-metrics';
import { Metrics } from './metrics';
import { OperationsController } from './operations.controller';
import { SessionStats } from './session-stats';

@Module({
  imports: [PtyClientModule, ScreenMirrorModule, SessionsModule, TerminalConnectionModule],
  controllers: [OperationsController],
  providers: [ConnectionMetrics, Metrics, SessionStats],
  exports: [Metrics],
})
export class MonitoringModule {}
