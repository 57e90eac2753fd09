import { SetMetadata } from '@nestjs/common';
import type { UserRole } from '../users/user.entity';

export const ROLES = Symbol('ROLES');

/** Only for users with one of these roles. */
export const Roles = (...roles: UserRole[]) => SetMetadata(ROLES, roles);
