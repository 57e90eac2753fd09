import { Module } from '@nestjs/common';
import { ProjectsModule } from '../projects/projects.module';
import { AdminProfilesController } from './admin-profiles.controller';
import { LaunchProfiles } from './launch-profiles';
import { ProfileRegister } from './profile-register';
import { ProjectProfilesController } from './project-profiles.controller';

/** What may run in terminals, and who may choose it. */
@Module({
  imports: [ProjectsModule],
  controllers: [AdminProfilesController, ProjectProfilesController],
  providers: [LaunchProfiles, ProfileRegister],
  exports: [LaunchProfiles],
})
export class LaunchProfilesModule {}
