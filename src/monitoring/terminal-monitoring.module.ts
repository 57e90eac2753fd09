import { Global, Module } from '@nestjs/common';
import { ClaudeBudgetsModule } from '../claude-usage/claude-budgets.module';
import { ScreenMirrorModule } from '../screen-mirror/screen-mirror.module';
import { SessionsModule } from '../sessions/sessions.module';
import { TerminalConnectionModule } from '../terminal-connection/terminal-connection.module';
import { ClaudeMetrics } from './claude-metrics';
import { ConnectionMetrics } from './connection-metrics';
import { MonitoringModule } from './monitoring.module';
import { SessionStats } from './session-stats';
import { TerminalStats } from './terminal-stats';

/** What terminals add to the measurements. Global, because the statistics' route is there without terminals too. */
@Global()
@Module({
  imports: [MonitoringModule, ClaudeBudgetsModule, ScreenMirrorModule, SessionsModule, TerminalConnectionModule],
  providers: [ClaudeMetrics, ConnectionMetrics, { provide: SessionStats, useClass: TerminalStats }],
  exports: [SessionStats],
})
export class TerminalMonitoringModule {}
