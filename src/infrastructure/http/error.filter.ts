import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { RefusalAudit } from '../../audit/refusal-audit';
import { toErrorResponse } from './error-response';
import { requestIdOf } from './request-id';
import { sendError } from './send-error';

/** Answers every error of a REST request; the unforeseen ones it also logs. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ErrorFilter.name);

  constructor(private readonly refusals: RefusalAudit) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const answer = toErrorResponse(error);
    this.refusals.note(request, answer);
    if (answer.isUnexpected) {
      const trace = error instanceof Error ? error.stack : String(error);
      this.logger.error(`${request.method} ${request.path} (${requestIdOf(response)}): ${trace}`);
    }
    // A download that failed half-way can only be cut, so that it is not taken for complete.
    if (response.headersSent) response.destroy();
    else sendError(response, answer);
  }
}
