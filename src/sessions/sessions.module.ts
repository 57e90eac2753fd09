import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ProjectsModule } from '../projects/projects.module';
import { ScreenMirrorModule } from '../screen-mirror/screen-mirror.module';
import { SessionGrants } from '../sharing/session-grants';
import { DisabledOwners } from './disabled-owners';
import { QueryAnswers } from './query-answers';
import { SessionAliasEntity } from './session-alias.entity';
import { SessionEntity } from './session.entity';
import { SessionEventEntity } from './session-event.entity';
import { SessionEventRepository } from './session-event.repository';
import { SessionEventsController } from './session-events.controller';
import { SessionExtensions } from './session-extensions';
import { OpenAttempts } from './open-attempts';
import { SessionAccess } from './session-access';
import { SessionOpener } from './session-opener';
import { SessionProcesses } from './session-processes';
import { SessionReconciler } from './session-reconciler';
import { SessionRetention } from './session-retention';
import { SessionViews } from './session-view';
import { SessionInserts } from './session-inserts';
import { SessionRepository } from './session.repository';
import { SessionStore } from './session-store';
import { SessionService } from './session.service';
import { SessionWrites } from './session-writes';
import { SessionsController } from './sessions.controller';

@Module({
  imports: [
    TypeOrmModule.forFeature([SessionEntity, SessionAliasEntity, SessionEventEntity]),
    ProjectsModule,
    ScreenMirrorModule,
  ],
  controllers: [SessionsController, SessionEventsController],
  providers: [
    DisabledOwners,
    OpenAttempts,
    QueryAnswers,
    SessionAccess,
    SessionGrants,
    SessionEventRepository,
    SessionExtensions,
    SessionOpener,
    SessionProcesses,
    SessionReconciler,
    SessionInserts,
    SessionRepository,
    SessionRetention,
    SessionService,
    SessionStore,
    SessionViews,
    SessionWrites,
  ],
  exports: [
    SessionAccess,
    SessionExtensions,
    SessionGrants,
    SessionOpener,
    SessionProcesses,
    SessionRepository,
    SessionService,
    SessionStore,
    SessionViews,
    SessionWrites,
  ],
})
export class SessionsModule {}
