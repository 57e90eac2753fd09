import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/sessions.module';
import { RedemptionsController } from './redemptions.controller';
import { SessionCompany } from './session-company';
import { ShareRepository } from './share.repository';
import { SharesController } from './shares.controller';
import { SharesService } from './shares.service';
import { ViewersController } from './viewers.controller';
import { WatchesController } from './watches.controller';
import { WatchesService } from './watches.service';

/** People who look at each other's terminals. */
@Module({
  imports: [SessionsModule],
  controllers: [SharesController, RedemptionsController, ViewersController, WatchesController],
  providers: [SessionCompany, ShareRepository, SharesService, WatchesService],
  exports: [SessionCompany],
})
export class SharingModule {}
