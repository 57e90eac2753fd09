import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { HealthCheckResult } from '@nestjs/terminus';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { OperatorAccess } from '../auth/operator-access';
import { Public } from '../auth/public.decorator';
import { ApiZodResponse } from '../infrastructure/http/open-api';
import { HealthChecks } from './health-checks';
import { ServerPhase } from './server-phase';

const RETRY_AFTER_SECONDS = '2';

const phaseSchema = z.object({ status: z.string() });
const reportSchema = phaseSchema.extend({
  phase: z.string().optional(),
  checks: z.record(z.string(), z.unknown()).optional().describe('For operators only.'),
});

/** For load balancers and orchestrators. Everybody learns whether, operators learn why. */
@ApiTags('health')
@Public()
@Controller('health')
export class HealthController {
  constructor(
    private readonly checks: HealthChecks,
    private readonly phase: ServerPhase,
    private readonly operators: OperatorAccess,
  ) {}

  /** Whether the event loop turns: what only a restart can mend. */
  @Get('live')
  @ApiZodResponse(200, phaseSchema)
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('startup')
  @ApiZodResponse(200, phaseSchema)
  startup(@Res() response: Response): void {
    answer(response, this.phase.current !== 'starting', { status: this.phase.current });
  }

  /** Whether new clients may be sent here. */
  @Get('ready')
  @ApiZodResponse(200, reportSchema)
  async ready(@Req() request: Request, @Res() response: Response): Promise<void> {
    if (this.phase.current !== 'serving') return answer(response, false, { status: this.phase.current });
    await this.report(request, response);
  }

  @Get()
  @ApiZodResponse(200, reportSchema)
  async all(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.report(request, response, { phase: this.phase.current });
  }

  private async report(request: Request, response: Response, more: Record<string, unknown> = {}): Promise<void> {
    const result = await this.checks.run();
    const checks = this.operators.isGranted(request) ? { ...more, checks: result.details } : {};
    answer(response, isUp(result), { status: result.status, ...checks });
  }
}

function isUp({ status }: HealthCheckResult): boolean {
  return status === 'ok' || status === 'degraded';
}

function answer(response: Response, isUp: boolean, body: Record<string, unknown>): void {
  if (!isUp) response.setHeader('Retry-After', RETRY_AFTER_SECONDS);
  response.setHeader('Cache-Control', 'no-store');
  response.status(isUp ? 200 : 503).json(body);
}
