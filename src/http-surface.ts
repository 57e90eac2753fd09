import fs from 'node:fs';
import type { RequestListener } from 'node:http';
import path from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Config } from '../config/environment';
import { hostGuard } from './infrastructure/http/host-guard';
import { requestId } from './infrastructure/http/request-id';
import { securityHeaders } from './infrastructure/http/security-headers';
import { httpMetrics } from './monitoring/http-metrics';
import { Metrics } from './monitoring/metrics';

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
  app.use(httpMetrics(app.get(Metrics)));
  app.use(securityHeaders());
  app.use(hostGuard(config.access.allowedHosts));
  app.useBodyParser('json', { limit: BODY_LIMIT });
  const consoleDirectory = CONSOLE_DIRECTORIES.find((dir) => fs.existsSync(dir));
  if (consoleDirectory !== undefined) app.useStaticAssets(consoleDirectory, { setHeaders: cacheControl });
  setUpOpenApi(app);
}

/** The names of assets carry a hash of their content; pages do not. */
function cacheControl(response: Response, file: string): void {
  const isHashed = path.basename(path.dirname(file)) === 'assets';
  response.setHeader('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
}

function setUpOpenApi(app: NestExpressApplication): void {
  const description = new DocumentBuilder().setTitle('Holdfast').setVersion('1').addBearerAuth().build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, description), {
    jsonDocumentUrl: 'docs-json',
  });
}
