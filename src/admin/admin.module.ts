import { Module } from '@nestjs/common';
import { UsersModule } from '../users/users.module';
import { AdminUsersController } from './admin-users.controller';

/** The REST surface for administrators. */
@Module({ imports: [UsersModule], controllers: [AdminUsersController] })
export class AdminModule {}
