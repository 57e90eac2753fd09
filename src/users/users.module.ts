import { Module } from '@nestjs/common';
import { UserDirectory } from './user-directory';
import { UsersService } from './users.service';

@Module({ providers: [UserDirectory, UsersService], exports: [UserDirectory, UsersService] })
export class UsersModule {}
