import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { UserRole } from '../users/user-role';

export const ROLES = Symbol('ROLES');

/** Only for users with one of these roles; the OpenAPI document says so, too. */
export const Roles = (...roles: UserRole[]) =>
  applyDecorators(SetMetadata(ROLES, roles), ApiExtension('x-roles', roles));
