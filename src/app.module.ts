import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import type { Config } from '../config/environment';
import { AdminModule } from './admin/admin.module';
import { AuditModule } from './audit/audit.module';
import { AdminTerminalsModule } from './admin/admin-terminals.module';
import { AuthModule } from './auth/auth.module';
import { ClaudeApiModule } from './claude-api/claude-api.module';
import { ClaudeTerminalModule } from './claude-terminal/claude-terminal.module';
import { ClaudeUsageModule } from './claude-usage/claude-usage.module';
import { CircuitBreakerModule } from './circuit-breaker/circuit-breaker.module';
import { FirstStartModule } from './first-start/first-start.module';
import { HealthModule } from './health/health.module';
import { CacheModule } from './infrastructure/cache/cache.module';
import { ControlBusModule } from './infrastructure/control-bus/control-bus.module';
import { DatabaseModule } from './infrastructure/database/database.module';
import type { OpenDatabase } from './infrastructure/database/open-database';
import { ErrorFilter } from './infrastructure/http/error.filter';
import { OutboxModule } from './infrastructure/outbox/outbox.module';
import { PlatformModule } from './infrastructure/platform.module';
import { LaunchersModule } from './launchers/launchers.module';
import { LaunchProfilesModule } from './launch-profiles/launch-profiles.module';
import { MonitoringModule } from './monitoring/monitoring.module';
import { TerminalMonitoringModule } from './monitoring/terminal-monitoring.module';
import { ProjectsModule } from './projects/projects.module';
import { PtyClientModule } from './pty-client/pty-client.module';
import { RateLimitsModule } from './rate-limits/rate-limits.module';
import { SessionsModule } from './sessions/sessions.module';
import { SharingModule } from './sharing/sharing.module';
import { SettingsModule } from './settings/settings.module';
import { SuggestionsModule } from './suggestions/suggestions.module';
import { SystemTerminalModule } from './system-terminal/system-terminal.module';
import { TranscriptsModule } from './transcripts/transcripts.module';
import { UsersModule } from './users/users.module';
import { WorkspacesModule } from './workspaces/workspaces.module';

/** Everything a gateway process consists of. */
@Module({})
export class AppModule {
  static register(config: Config, { url, schema }: Pick<OpenDatabase, 'url' | 'schema'>): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.register(config),
        DatabaseModule.register(url, config.database.poolSize, schema),
        ControlBusModule.register(url),
        OutboxModule,
        CircuitBreakerModule,
        CacheModule,
        AuditModule,
        RateLimitsModule,
        SettingsModule,
        AuthModule,
        UsersModule,
        ProjectsModule,
        LaunchProfilesModule,
        WorkspacesModule,
        AdminModule,
        FirstStartModule,
        HealthModule,
        PtyClientModule,
        LaunchersModule,
        // Before SessionsModule, so that the route `sessions/search` is not taken for `sessions/:id`.
        TranscriptsModule,
        SessionsModule,
        SharingModule,
        AdminTerminalsModule,
        SuggestionsModule,
        SystemTerminalModule,
        ClaudeApiModule,
        ClaudeUsageModule,
        ClaudeTerminalModule,
        MonitoringModule,
        TerminalMonitoringModule,
      ],
      providers: [{ provide: APP_FILTER, useClass: ErrorFilter }],
    };
  }
}
