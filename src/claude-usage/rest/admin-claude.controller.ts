import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Roles } from '../../auth/roles.decorator';
import { ApiZodQuery, ApiZodResponse } from '../../infrastructure/http/open-api';
import { ZodPipe } from '../../infrastructure/http/zod.pipe';
import { type UsageReport, usageQuerySchema, usageReportSchema } from './claude-usage.schemas';
import { usageCsv } from './usage-csv';
import { UsageReports } from './usage-reports';

@ApiTags('admin')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/admin/claude')
export class AdminClaudeController {
  constructor(private readonly reports: UsageReports) {}

  /** What everybody's sessions used; with format=csv as a file for a spreadsheet. */
  @Get('usage')
  @ApiZodQuery(usageQuerySchema)
  @ApiZodResponse(200, usageReportSchema)
  async usage(
    @Query(new ZodPipe(usageQuerySchema)) { by, format, ...filter }: z.output<typeof usageQuerySchema>,
  ): Promise<UsageReport | StreamableFile> {
    const report = await this.reports.report(by, filter, 'total');
    if (format === 'json') return report;
    return new StreamableFile(Buffer.from(usageCsv(report.items)), {
      type: 'text/csv; charset=utf-8',
      disposition: `attachment; filename="claude-${by}-${report.from}-${report.to}.csv"`,
    });
  }
}
