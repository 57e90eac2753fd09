import { Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Audited, namedInPath } from '../../audit/audited.decorator';
import { Logins } from '../../auth/logins';
import { Roles } from '../../auth/roles.decorator';
import { StepUp } from '../../auth/step-up';
import { ApiZodQuery, ApiZodResponse } from '../../infrastructure/http/open-api';
import { type Page, type PageQuery, pageQuerySchema } from '../../infrastructure/http/page';
import { ZodPipe } from '../../infrastructure/http/zod.pipe';
import { UserDirectory } from '../../users/user-directory';
import { loginPageSchema, type LoginView, loginView } from './admin-users.schemas';

/** Where a user is logged in. */
@ApiTags('admin')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/admin/users/:id/logins')
export class AdminLoginsController {
  constructor(
    private readonly directory: UserDirectory,
    private readonly logins: Logins,
  ) {}

  @Get()
  @ApiZodQuery(pageQuerySchema)
  @ApiZodResponse(200, loginPageSchema)
  async list(
    @Param('id', ParseUUIDPipe) id: string,
    @Query(new ZodPipe(pageQuerySchema)) query: PageQuery,
  ): Promise<Page<LoginView>> {
    await this.directory.get(id);
    const { items, nextCursor } = await this.logins.list(id, query);
    return { items: items.map(loginView), nextCursor };
  }

  /** Ends all of them, with their sockets. */
  @Delete()
  @StepUp()
  @Audited('auth.logout', { target: namedInPath('user') })
  @HttpCode(204)
  async endAll(@Param('id', ParseUUIDPipe) id: string): Promise<void> {
    await this.directory.get(id);
    await this.logins.endAll(id);
  }

  @Delete(':login')
  @StepUp()
  @Audited('auth.logout', { target: namedInPath('login', 'login') })
  @HttpCode(204)
  async end(@Param('id', ParseUUIDPipe) id: string, @Param('login', ParseUUIDPipe) loginId: string): Promise<void> {
    await this.logins.end(id, loginId);
  }
}
