import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ProjectsModule } from '../projects/projects.module';
import { ScreenMirrorModule } from '../screen-mirror/screen-mirror.module';
import { QueryAnswers } from './query-answers';
import { SessionAliasEntity } from './session-alias.entity';
import { SessionEntity } from './session.entity';
import { SessionReconciler } from './session-reconciler';
import { SessionRepository } from './session.repository';
import { SessionService } from './session.service';
import { SessionsController } from './sessions.controller';

@Module({
  imports: [TypeOrmModule.forFeature([SessionEntity, SessionAliasEntity]), ProjectsModule, ScreenMirrorModule],
  controllers: [SessionsController],
  providers: [QueryAnswers, SessionReconciler, SessionRepository, SessionService],
  exports: [SessionRepository, SessionService],
})
export class SessionsModule {}
