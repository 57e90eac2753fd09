import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ClaudeApiModule } from '../claude-api/claude-api.module';
import { ClaudeBudgetsModule } from '../claude-usage/claude-budgets.module';
import { SessionsModule } from '../sessions/sessions.module';
import { SharingModule } from '../sharing/sharing.module';
import { TerminalConnectionModule } from '../terminal-connection/terminal-connection.module';
import { ClaudeRecords } from './records/claude-records';
import { ClaudeSessionEntity } from './records/claude-session.entity';
import { ClaudeSessionRows } from './records/claude-session-rows';
import { ApiSignals } from './status/api-signals';
import { AttentionFeed } from './status/attention-feed';
import { ClaudeAnnouncer } from './status/claude-announcer';
import { ClaudeStatus } from './status/claude-status';
import { HookReceiver } from './status/hook-receiver';
import { HostSignals } from './status/host-signals';
import { PermissionAnswers } from './status/permission-answers';
import { PermissionDesk } from './status/permission-desk';
import { SessionFiles } from './status/session-files';
import { UsageNotes } from './status/usage-notes';

/** What is known of Claude sessions: how it is learned, where it is kept, and who is told. */
@Module({
  imports: [
    TypeOrmModule.forFeature([ClaudeSessionEntity]),
    ClaudeApiModule,
    ClaudeBudgetsModule,
    SessionsModule,
    SharingModule,
    TerminalConnectionModule,
  ],
  providers: [
    ApiSignals,
    AttentionFeed,
    ClaudeAnnouncer,
    ClaudeRecords,
    ClaudeSessionRows,
    ClaudeStatus,
    HookReceiver,
    HostSignals,
    PermissionAnswers,
    PermissionDesk,
    SessionFiles,
    UsageNotes,
  ],
  exports: [ClaudeRecords, ClaudeSessionRows, ClaudeStatus, PermissionAnswers],
})
export class ClaudeStatusModule {}
