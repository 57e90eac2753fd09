import { Module } from '@nestjs/common';
import { UsersModule } from '../users/users.module';
import { AdminCircuitBreakersController } from './admin-circuit-breakers.controller';
import { AdminUsersController } from './admin-users.controller';

/** The REST surface for administrators. */
@Module({ imports: [UsersModule], controllers: [AdminCircuitBreakersController, AdminUsersController] })
export class AdminModule {}
