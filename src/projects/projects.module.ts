import { Module } from '@nestjs/common';
import { ProjectMembersController } from './project-members.controller';
import { ProjectMembersService } from './project-members.service';
import { ProjectRoles } from './project-roles';
import { ProjectsController } from './projects.controller';
import { ProjectsService } from './projects.service';

@Module({
  controllers: [ProjectsController, ProjectMembersController],
  providers: [ProjectMembersService, ProjectRoles, ProjectsService],
  exports: [ProjectMembersService, ProjectRoles, ProjectsService],
})
export class ProjectsModule {}
