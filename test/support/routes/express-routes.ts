import fs from 'node:fs';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { NestFactory } from '@nestjs/core';
import { loadConfig } from '../../../config/environment';
import { AppModule } from '../../../src/app.module';
import { setUpHttp } from '../../../src/http-surface';
import { SchemaGate } from '../../../src/infrastructure/database/schema-gate';
import { AnswersInProgress } from '../../../src/infrastructure/http/answers-in-progress';
import { HttpAdapter } from '../../../src/infrastructure/http/http-adapter';
import { webServers } from '../../../src/infrastructure/http/web-server';
import { EndpointAdapter } from '../../../src/terminal-connection/endpoint.adapter';
import { createTestDatabase } from '../database';

interface Layer {
  readonly route?: {
    readonly path: string | readonly string[];
    readonly stack: readonly { readonly method?: string }[];
  };
}

const createServer = webServers(undefined);

const NOBODY = {
  admit: () => Promise.reject(new Error('nobody')),
  onRequest: () => undefined,
  watchers: [],
  answers: new AnswersInProgress(),
  createServer,
};

/** Every route that the router of a gateway has, as `GET /api/projects/:id`; also those that no document mentions. */
export async function expressRoutes(): Promise<string[]> {
  const database = await createTestDatabase();
  const dataDir = fs.mkdtempSync('/tmp/holdfast-data-');
  const config = loadConfig({ DATA_DIR: dataDir, DATABASE_URL: database.url });
  const module = AppModule.register(config, { url: database.url, schema: new SchemaGate() });
  const options = { logger: false as const, bodyParser: false, abortOnError: false };
  const app = await NestFactory.create<NestExpressApplication>(module, new HttpAdapter(createServer), options);
  try {
    setUpHttp(app, config);
    // Nothing listens, so nobody is admitted.
    app.useWebSocketAdapter(new EndpointAdapter(app, NOBODY));
    await app.init();
    const { router } = app.getHttpAdapter().getInstance() as { router: { stack: readonly Layer[] } };
    return router.stack.flatMap(({ route }) => {
      if (!route) return [];
      const paths = [route.path].flat();
      const methods = new Set(route.stack.flatMap(({ method }) => method ?? []));
      return paths.flatMap((path) => [...methods].map((method) => `${method.toUpperCase()} ${path}`));
    });
  } finally {
    await app.close();
    await database.drop();
    fs.rmSync(dataDir, { recursive: true, force: true });
  }
}
