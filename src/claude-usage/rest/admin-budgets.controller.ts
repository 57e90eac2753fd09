import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { asAsked, Audited, namedInPath } from '../../audit/audited.decorator';
import { Caller } from '../../auth/caller.decorator';
import type { Principal } from '../../auth/principal';
import { Roles } from '../../auth/roles.decorator';
import { StepUp } from '../../auth/step-up';
import { ApiZodBody, ApiZodResponse } from '../../infrastructure/http/open-api';
import { ZodPipe } from '../../infrastructure/http/zod.pipe';
import { BudgetLimits } from '../limits/budget-limits';
import { type BudgetsView, budgetsSchema, budgetsView, newBudgetSchema } from './admin-budgets.schemas';

type NewBudget = z.output<typeof newBudgetSchema>;

@ApiTags('admin')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/admin/claude/budgets')
export class AdminBudgetsController {
  constructor(private readonly limits: BudgetLimits) {}

  /** Users and projects that may spend something else than all; what all may is in the settings. */
  @Get()
  @ApiZodResponse(200, budgetsSchema)
  async list(): Promise<BudgetsView> {
    return budgetsView(await this.limits.list());
  }

  @Put('users/:id')
  @StepUp()
  @Audited('claude.budget', { target: namedInPath('user'), data: asAsked })
  @HttpCode(204)
  @ApiZodBody(newBudgetSchema)
  async setOfUser(
    @Caller() { userId }: Principal,
    @Param('id', ParseUUIDPipe) id: string,
    @Body(new ZodPipe(newBudgetSchema)) { dailyUsd }: NewBudget,
  ): Promise<void> {
    await this.limits.set('user', id, dailyUsd, userId);
  }

  /** What all users may holds for this one again. */
  @Delete('users/:id')
  @StepUp()
  @Audited('claude.budget', { target: namedInPath('user') })
  @HttpCode(204)
  async removeOfUser(@Param('id', ParseUUIDPipe) id: string): Promise<void> {
    await this.limits.remove('user', id);
  }

  @Put('projects/:id')
  @StepUp()
  @Audited('claude.budget', { target: namedInPath('project'), data: asAsked })
  @HttpCode(204)
  @ApiZodBody(newBudgetSchema)
  async setOfProject(
    @Caller() { userId }: Principal,
    @Param('id') id: string,
    @Body(new ZodPipe(newBudgetSchema)) { dailyUsd }: NewBudget,
  ): Promise<void> {
    await this.limits.set('project', id, dailyUsd, userId);
  }

  /** What all projects may holds for this one again. */
  @Delete('projects/:id')
  @StepUp()
  @Audited('claude.budget', { target: namedInPath('project') })
  @HttpCode(204)
  async removeOfProject(@Param('id') id: string): Promise<void> {
    await this.limits.remove('project', id);
  }
}
