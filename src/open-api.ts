import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { RequestHandler } from 'express';
import type { Config } from '../config/environment';
import { AccessTokens } from './auth/access-tokens';
import { bearerTokenOf } from './auth/authenticated-request';
import { OperatorAccess } from './auth/operator-access';
import { toErrorResponse } from './infrastructure/http/error-response';
import { describeErrors } from './infrastructure/http/open-api-errors';
import { sendError } from './infrastructure/http/send-error';

const PATH = 'docs';
/** The pages, and the document as JSON and as YAML. */
const PATHS = [`/${PATH}`, `/${PATH}-json`, `/${PATH}-yaml`];

/** Every route of the application: what it takes, what it answers, who may call it. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const description = new DocumentBuilder().setTitle('Holdfast').setVersion('1').addBearerAuth().build();
  return describeErrors(SwaggerModule.createDocument(app, description));
}

export function serveOpenApi(app: NestExpressApplication, config: Config): void {
  // With `app.use`, so that the router which finds the pages also finds this.
  if (config.production) app.use(PATHS, forUsers(app));
  SwaggerModule.setup(PATH, app, () => openApiDocument(app), { jsonDocumentUrl: `${PATH}-json` });
}

/** In production a map of the API is for those who may use it. */
function forUsers(app: NestExpressApplication): RequestHandler {
  return (request, response, next) => {
    if (app.get(OperatorAccess).isGranted(request)) return next();
    try {
      app.get(AccessTokens).verify(bearerTokenOf(request) ?? '');
    } catch (error) {
      return sendError(response, toErrorResponse(error));
    }
    next();
  };
}
