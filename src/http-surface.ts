import fs from 'node:fs';
import type { RequestListener } from 'node:http';
import path from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Response } from 'express';
import type { Config } from '../config/environment';
import { AccessTokens } from './auth/access-tokens';
import { RefusalAudit } from './audit/refusal-audit';
import { cors } from './infrastructure/http/cors';
import { hostGuard } from './infrastructure/http/host-guard';
import { jsonOnly } from './infrastructure/http/json-only';
import { noStore } from './infrastructure/http/no-store';
import { requestId } from './infrastructure/http/request-id';
import { securityHeaders } from './infrastructure/http/security-headers';
import { httpMetrics } from './monitoring/http-metrics';
import { Metrics } from './monitoring/metrics';
import { httpRateLimit } from './rate-limits/http-rate-limit';
import { RateLimits } from './rate-limits/rate-limits';
import { serveOpenApi } from './open-api';

const BODY_LIMIT = '1mb';
/** Beside the compiled sources; absent when only they were built. */
const CONSOLE_DIRECTORIES = [path.resolve(__dirname, '../console'), path.resolve(__dirname, '../dist/console')];

/** All that the gateways' own ports answer besides WebSockets. */
const OPERATION_PATHS = /^\/(stats|health)\//;

/** Passes the operators' paths on to the application; everything else on a gateway's port is a WebSocket or nothing. */
export function operationsOnly(application: RequestListener): RequestListener {
  return (request, response) => {
    if (OPERATION_PATHS.test(request.url ?? '')) application(request, response);
    else response.writeHead(426, { connection: 'close', upgrade: 'websocket' }).end();
  };
}

/** What every HTTP request passes before it reaches a controller, in this order, and the pages beside the API. */
export function setUpHttp(app: NestExpressApplication, config: Config): void {
  app.set('trust proxy', config.access.proxyHops);
  app.disable('x-powered-by');
  app.use(requestId);
  app.use(httpRateLimit(app.get(RateLimits), app.get(AccessTokens)));
  app.use(httpMetrics(app.get(Metrics)));
  app.use(securityHeaders());
  const refusals = app.get(RefusalAudit);
  app.use(hostGuard(config.access.allowedHosts, (request, answer) => refusals.note(request, answer)));
  app.use(cors(config.access.allowedOrigins));
  app.use('/api', noStore, jsonOnly);
  app.useBodyParser('json', { limit: BODY_LIMIT });
  const consoleDirectory = CONSOLE_DIRECTORIES.find((dir) => fs.existsSync(dir));
  if (consoleDirectory !== undefined) app.useStaticAssets(consoleDirectory, { setHeaders: cacheControl });
  serveOpenApi(app, config);
}

/** The names of assets carry a hash of their content; pages do not. */
function cacheControl(response: Response, file: string): void {
  const isHashed = path.basename(path.dirname(file)) === 'assets';
  response.setHeader('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
}
