import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Caller } from '../../auth/caller.decorator';
import type { Principal } from '../../auth/principal';
import { ApiZodQuery, ApiZodResponse } from '../../infrastructure/http/open-api';
import { ZodPipe } from '../../infrastructure/http/zod.pipe';
import { ClaudeAvailability } from '../claude-availability';
import {
  type Availability,
  availabilitySchema,
  ownUsageQuerySchema,
  ownUsageReportSchema,
  type UsageReport,
} from './claude-usage.schemas';
import { UsageReports } from './usage-reports';

@ApiTags('claude')
@ApiBearerAuth()
@Controller('api/claude')
export class ClaudeController {
  constructor(
    private readonly availability: ClaudeAvailability,
    private readonly reports: UsageReports,
  ) {}

  /** Whether Claude sessions can be had, and if not, why. */
  @Get()
  @ApiZodResponse(200, availabilitySchema)
  async available(): Promise<Availability> {
    const { active: _, limitedUntil: __, ...report } = await this.availability.report();
    return report;
  }

  /** What the caller's own sessions used. */
  @Get('usage')
  @ApiZodQuery(ownUsageQuerySchema)
  @ApiZodResponse(200, ownUsageReportSchema)
  usage(
    @Caller() { userId }: Principal,
    @Query(new ZodPipe(ownUsageQuerySchema)) { by, ...range }: z.output<typeof ownUsageQuerySchema>,
  ): Promise<UsageReport> {
    return this.reports.report(by, { ...range, userId }, 'user');
  }
}
