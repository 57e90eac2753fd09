import { Body, Controller, Get, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { emailSchema, passwordSchema } from '../auth/auth.schemas';
import { Roles } from '../auth/roles.decorator';
import { ApiZodBody, ApiZodQuery, ApiZodResponse } from '../infrastructure/http/open-api';
import { type Page, type PageQuery, pageQuerySchema } from '../infrastructure/http/page';
import { ZodPipe } from '../infrastructure/http/zod.pipe';
import type { UserEntity } from '../users/user.entity';
import { UsersService } from '../users/users.service';

const roleSchema = z.enum(['admin', 'user']);
const newUserSchema = z.object({ email: emailSchema, password: passwordSchema, role: roleSchema.default('user') });
const changeSchema = z.object({ role: roleSchema.optional(), disabled: z.boolean().optional() });
const userViewSchema = z.object({
  id: z.uuid(),
  email: z.string(),
  role: roleSchema,
  disabled: z.boolean(),
  createdAt: z.string(),
});
type UserView = z.output<typeof userViewSchema>;

@ApiTags('admin')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/admin/users')
export class AdminUsersController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @ApiZodQuery(pageQuerySchema)
  @ApiZodResponse(200, z.object({ items: z.array(userViewSchema), nextCursor: z.string().nullable() }))
  async list(@Query(new ZodPipe(pageQuerySchema)) query: PageQuery): Promise<Page<UserView>> {
    const { items, nextCursor } = await this.users.list(query);
    return { items: items.map(view), nextCursor };
  }

  @Post()
  @ApiZodBody(newUserSchema)
  @ApiZodResponse(201, userViewSchema)
  async create(@Body(new ZodPipe(newUserSchema)) body: z.output<typeof newUserSchema>): Promise<UserView> {
    return view(await this.users.create(body));
  }

  @Patch(':id')
  @ApiZodBody(changeSchema)
  @ApiZodResponse(200, userViewSchema)
  async change(
    @Param('id', ParseUUIDPipe) id: string,
    @Body(new ZodPipe(changeSchema)) body: z.output<typeof changeSchema>,
  ): Promise<UserView> {
    return view(await this.users.change(id, body));
  }
}

function view({ id, email, role, disabledAt, createdAt }: UserEntity): UserView {
  return { id, email, role, disabled: disabledAt !== null, createdAt: createdAt.toISOString() };
}
