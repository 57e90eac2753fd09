import { Module } from '@nestjs/common';
import { ProjectsModule } from '../projects/projects.module';
import { UsersModule } from '../users/users.module';
import { AdminBootstrap } from './admin-bootstrap';

@Module({ imports: [UsersModule, ProjectsModule], providers: [AdminBootstrap], exports: [AdminBootstrap] })
export class FirstStartModule {}
