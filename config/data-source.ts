import type { DataSourceOptions } from 'typeorm';
import { InitialSchema1764000000000 } from '../migrations/1764000000000-initial-schema';
import { Outbox1764100000000 } from '../migrations/1764100000000-outbox';
import { TranscriptText1764300000000 } from '../migrations/1764300000000-transcript-text';
import { Audit1765000000000 } from '../migrations/1765000000000-audit';
import { TwoFactor1765100000000 } from '../migrations/1765100000000-two-factor';
import { LaunchProfiles1765200000000 } from '../migrations/1765200000000-launch-profiles';
import { Sharing1765300000000 } from '../migrations/1765300000000-sharing';
import { ClaudeRequests1766000000000 } from '../migrations/1766000000000-claude-requests';
import { ClaudeSessions1766100000000 } from '../migrations/1766100000000-claude-sessions';
import { Suggestions1766300000000 } from '../migrations/1766300000000-suggestions';
import { ClaudeBudgets1766400000000 } from '../migrations/1766400000000-claude-budgets';
import { FailedAttemptEntity } from '../src/auth/failed-attempt.entity';
import { SettingsAndPasswordResets1765400000000 } from '../migrations/1765400000000-settings-and-password-resets';
import { ClaudeSessionEntity } from '../src/claude-terminal/records/claude-session.entity';
import { LoginFamilyEntity } from '../src/auth/login-family.entity';
import { PasswordResetEntity } from '../src/auth/password-reset.entity';
import { RefreshTokenEntity } from '../src/auth/refresh-token.entity';
import { RecoveryCodeEntity } from '../src/auth/two-factor/recovery-code.entity';
import { TwoFactorEntity } from '../src/auth/two-factor/two-factor.entity';
import { WsTicketEntity } from '../src/auth/ws-ticket.entity';
import { ClaudeRequestEntity } from '../src/claude-usage/ledger/claude-request.entity';
import { BudgetLimitEntity } from '../src/claude-usage/limits/budget-limit.entity';
import { LaunchProfileEntity } from '../src/launch-profiles/launch-profile.entity';
import { ProfileAssignmentEntity } from '../src/launch-profiles/profile-assignment.entity';
import { ProjectMemberEntity } from '../src/projects/project-member.entity';
import { ProjectEntity } from '../src/projects/project.entity';
import { SessionAliasEntity } from '../src/sessions/session-alias.entity';
import { SessionEntity } from '../src/sessions/session.entity';
import { SessionEventEntity } from '../src/sessions/session-event.entity';
import { SessionGrantEntity } from '../src/sharing/session-grant.entity';
import { SessionShareEntity } from '../src/sharing/session-share.entity';
import { SettingEntity } from '../src/settings/setting.entity';
import { SuggestionConsentEntity } from '../src/suggestions/suggestion-consent.entity';
import { TranscriptPositionEntity } from '../src/transcripts/index/transcript-position.entity';
import { TranscriptTextEntity } from '../src/transcripts/index/transcript-text.entity';
import { UserEntity } from '../src/users/user.entity';
import { DeletedProjectEntity } from '../src/workspaces/deleted-project.entity';

export const ENTITIES = [
  UserEntity,
  ProjectEntity,
  ProjectMemberEntity,
  SessionEntity,
  SessionAliasEntity,
  SessionEventEntity,
  SessionShareEntity,
  SessionGrantEntity,
  LoginFamilyEntity,
  RefreshTokenEntity,
  WsTicketEntity,
  FailedAttemptEntity,
  TwoFactorEntity,
  RecoveryCodeEntity,
  TranscriptTextEntity,
  TranscriptPositionEntity,
  PasswordResetEntity,
  SettingEntity,
  LaunchProfileEntity,
  ProfileAssignmentEntity,
  DeletedProjectEntity,
  ClaudeSessionEntity,
  ClaudeRequestEntity,
  BudgetLimitEntity,
  SuggestionConsentEntity,
];

/** In the order in which they run. */
export const MIGRATIONS = [
  InitialSchema1764000000000,
  Outbox1764100000000,
  TranscriptText1764300000000,
  Audit1765000000000,
  TwoFactor1765100000000,
  LaunchProfiles1765200000000,
  Sharing1765300000000,
  SettingsAndPasswordResets1765400000000,
  ClaudeRequests1766000000000,
  ClaudeSessions1766100000000,
  Suggestions1766300000000,
  ClaudeBudgets1766400000000,
];

/** A request that waits longer for a connection is better answered with 503. */
const CONNECT_TIMEOUT_MS = 5000;
/** A server that hangs must not hang every request with it: after a handful of these the breaker is open. */
const QUERY_TIMEOUT_MS = 5000;

/** How TypeORM talks to the PostgreSQL at `url`. */
export function dataSourceOptions(url: string, poolSize: number): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    poolSize,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    // Otherwise TypeORM installs uuid-ossp, which needs a privilege; gen_random_uuid() is built in.
    installExtensions: false,
    uuidExtension: 'pgcrypto',
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    applicationName: 'holdfast',
    extra: { query_timeout: QUERY_TIMEOUT_MS },
  };
}
