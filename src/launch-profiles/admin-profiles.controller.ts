import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Audited, type AuditedCall, namedInPath } from '../audit/audited.decorator';
import { Roles } from '../auth/roles.decorator';
import { StepUp } from '../auth/step-up';
import { ApiZodBody, ApiZodResponse } from '../infrastructure/http/open-api';
import { ZodPipe } from '../infrastructure/http/zod.pipe';
import {
  adminProfileListSchema,
  adminProfileSchema,
  type AdminProfileView,
  assignmentsSchema,
  changedProfileSchema,
  newProfileSchema,
} from './launch-profiles.schemas';
import { DEFAULT_PROFILE } from './profile-policy';
import { type AssignedProfile, ProfileRegister } from './profile-register';

const named = namedInPath('profile', 'name');

/** What may run in terminals, and whose. */
@ApiTags('admin')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/admin/profiles')
export class AdminProfilesController {
  constructor(private readonly register: ProfileRegister) {}

  @Get()
  @ApiZodResponse(200, adminProfileListSchema)
  async list(): Promise<{ items: AdminProfileView[]; nextCursor: null }> {
    return { items: (await this.register.list()).map(view), nextCursor: null };
  }

  @Get(':name')
  @ApiZodResponse(200, adminProfileSchema)
  async get(@Param('name') name: string): Promise<AdminProfileView> {
    return view(await this.register.get(name));
  }

  @Post()
  @StepUp()
  @Audited('profile.created', { target: namedInBody, data: withoutValues })
  @ApiZodBody(newProfileSchema)
  @ApiZodResponse(201, adminProfileSchema)
  async create(
    @Body(new ZodPipe(newProfileSchema)) body: z.output<typeof newProfileSchema>,
  ): Promise<AdminProfileView> {
    return view(await this.register.create(body));
  }

  @Patch(':name')
  @StepUp()
  @Audited('profile.changed', { target: named, data: withoutValues })
  @ApiZodBody(changedProfileSchema)
  @ApiZodResponse(200, adminProfileSchema)
  async change(
    @Param('name') name: string,
    @Body(new ZodPipe(changedProfileSchema)) body: z.output<typeof changedProfileSchema>,
  ): Promise<AdminProfileView> {
    return view(await this.register.update(name, body));
  }

  @Delete(':name')
  @HttpCode(204)
  @StepUp()
  @Audited('profile.deleted', { target: named })
  async delete(@Param('name') name: string): Promise<void> {
    await this.register.delete(name);
  }

  /** Replaces who may use it, and where it is the default. */
  @Put(':name/assignments')
  @StepUp()
  @Audited('profile.assigned', { target: named, data: withoutValues })
  @ApiZodBody(assignmentsSchema)
  @ApiZodResponse(200, adminProfileSchema)
  async assign(
    @Param('name') name: string,
    @Body(new ZodPipe(assignmentsSchema)) { assignments }: z.output<typeof assignmentsSchema>,
  ): Promise<AdminProfileView> {
    return view(await this.register.assign(name, assignments));
  }
}

function view({ profile, assignments }: AssignedProfile): AdminProfileView {
  return {
    ...profile,
    args: [...profile.args],
    binaries: [...profile.binaries],
    env: { ...profile.env },
    builtIn: profile.name === DEFAULT_PROFILE,
    assignments: assignments.map(({ projectId, role, isDefault }) => ({ projectId, role, isDefault })),
  };
}

function namedInBody({ body }: AuditedCall): { kind: string; id: string } {
  return { kind: 'profile', id: String(body['name']) };
}

/** What was asked for. Values of the environment may be keys; for the record it is enough which there were. */
function withoutValues({ body }: AuditedCall): Record<string, unknown> {
  const { env } = body;
  return { asked: { ...body, ...(typeof env === 'object' && env !== null && { env: Object.keys(env) }) } };
}
