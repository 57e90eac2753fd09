import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Audited, asAsked, namedInAnswer, namedInPath } from '../../audit/audited.decorator';
import { Caller } from '../../auth/caller.decorator';
import type { Principal } from '../../auth/principal';
import { Roles } from '../../auth/roles.decorator';
import { StepUp } from '../../auth/step-up';
import { ApiZodBody, ApiZodQuery, ApiZodResponse } from '../../infrastructure/http/open-api';
import type { Page } from '../../infrastructure/http/page';
import { ZodPipe } from '../../infrastructure/http/zod.pipe';
import { UserDirectory } from '../../users/user-directory';
import { UsersService } from '../../users/users.service';
import {
  changedUserSchema,
  newUserSchema,
  resetSchema,
  searchUsersSchema,
  userPageSchema,
  userSchema,
  type UserView,
  userView,
} from './admin-users.schemas';
import { AdminUsers } from './admin-users.service';

/** A stolen access token must not make itself a successor. */
function wantsAdministrator(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'role' in body && body.role === 'admin';
}

@ApiTags('admin')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/admin/users')
export class AdminUsersController {
  constructor(
    private readonly directory: UserDirectory,
    private readonly users: UsersService,
    private readonly others: AdminUsers,
  ) {}

  @Get()
  @ApiZodQuery(searchUsersSchema)
  @ApiZodResponse(200, userPageSchema)
  async list(
    @Query(new ZodPipe(searchUsersSchema)) query: z.output<typeof searchUsersSchema>,
  ): Promise<Page<UserView>> {
    const { items, nextCursor } = await this.directory.search(query);
    return { items: items.map(userView), nextCursor };
  }

  @Post()
  @StepUp(wantsAdministrator)
  @Audited('user.created', { target: namedInAnswer('user'), data: ({ body: { email, role } }) => ({ email, role }) })
  @ApiZodBody(newUserSchema)
  @ApiZodResponse(201, userSchema)
  async create(@Body(new ZodPipe(newUserSchema)) body: z.output<typeof newUserSchema>): Promise<UserView> {
    return userView(await this.users.create(body));
  }

  @Get(':id')
  @ApiZodResponse(200, userSchema)
  async get(@Param('id', ParseUUIDPipe) id: string): Promise<UserView> {
    return userView(await this.directory.get(id));
  }

  /** Another role, or disabled or enabled again. Either ends every login of the user. */
  @Patch(':id')
  @StepUp()
  @Audited(({ body }) => (body['disabled'] === true ? 'user.disabled' : 'user.changed'), {
    target: namedInPath('user'),
    data: asAsked,
  })
  @ApiZodBody(changedUserSchema)
  @ApiZodResponse(200, userSchema)
  async change(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body(new ZodPipe(changedUserSchema)) body: z.output<typeof changedUserSchema>,
  ): Promise<UserView> {
    return userView(await this.others.change(caller, id, body));
  }

  /** The password is no longer good, every login ends, and a token for a new one is shown, once. */
  @Post(':id/reset-password')
  @StepUp()
  @Audited('user.reset', { target: namedInPath('user'), data: () => ({ what: 'password' }) })
  @HttpCode(200)
  @ApiZodResponse(200, resetSchema)
  async resetPassword(
    @Caller() caller: Principal,
    @Param('id', ParseUUIDPipe) id: string,
  ): Promise<z.output<typeof resetSchema>> {
    const { token, expiresAt } = await this.others.resetPassword(caller, id);
    return { token, expiresAt: expiresAt.toISOString() };
  }

  /** For somebody who lost app and recovery codes; ends every login. Administrators then enroll again at the next one. */
  @Post(':id/reset-two-factor')
  @StepUp()
  @Audited('user.reset', { target: namedInPath('user'), data: () => ({ what: 'two-factor' }) })
  @HttpCode(204)
  async resetTwoFactor(@Caller() caller: Principal, @Param('id', ParseUUIDPipe) id: string): Promise<void> {
    await this.others.resetTwoFactor(caller, id);
  }
}
