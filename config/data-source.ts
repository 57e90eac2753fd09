import type { DataSourceOptions } from 'typeorm';
import { InitialSchema1764000000000 } from '../migrations/1764000000000-initial-schema';
import { Outbox1764100000000 } from '../migrations/1764100000000-outbox';
import { TranscriptText1764300000000 } from '../migrations/1764300000000-transcript-text';
import { LoginFamilyEntity } from '../src/auth/login-family.entity';
import { RefreshTokenEntity } from '../src/auth/refresh-token.entity';
import { WsTicketEntity } from '../src/auth/ws-ticket.entity';
import { ProjectMemberEntity } from '../src/projects/project-member.entity';
import { ProjectEntity } from '../src/projects/project.entity';
import { SessionAliasEntity } from '../src/sessions/session-alias.entity';
import { SessionEntity } from '../src/sessions/session.entity';
import { SessionEventEntity } from '../src/sessions/session-event.entity';
import { TranscriptPositionEntity } from '../src/transcripts/index/transcript-position.entity';
import { TranscriptTextEntity } from '../src/transcripts/index/transcript-text.entity';
import { UserEntity } from '../src/users/user.entity';

export const ENTITIES = [
  UserEntity,
  ProjectEntity,
  ProjectMemberEntity,
  SessionEntity,
  SessionAliasEntity,
  SessionEventEntity,
  LoginFamilyEntity,
  RefreshTokenEntity,
  WsTicketEntity,
  TranscriptTextEntity,
  TranscriptPositionEntity,
];

/** In the order in which they run. */
export const MIGRATIONS = [InitialSchema1764000000000, Outbox1764100000000, TranscriptText1764300000000];

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
