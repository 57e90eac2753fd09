import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Roles } from '../../auth/roles.decorator';
import { ApiZodResponse } from '../../infrastructure/http/open-api';
import { type Alert, alertSchema } from './alert';
import { Alerts } from './alerts';

@ApiTags('admin')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/admin/alerts')
export class AdminAlertsController {
  constructor(private readonly alerts: Alerts) {}

  /** What is wrong now, the worst first, as the process that answers knows it. */
  @Get()
  @ApiZodResponse(200, z.object({ items: z.array(alertSchema), nextCursor: z.null() }))
  async list(): Promise<{ items: Alert[]; nextCursor: null }> {
    return { items: await this.alerts.list(), nextCursor: null };
  }
}
