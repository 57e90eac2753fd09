import type http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Config } from '../config/environment';
import { AppModule } from './app.module';
import { type Endpoints, removeEndpoints, writeEndpoints } from './endpoints';
import { AdminBootstrap, type NewAdministrator } from './first-start/admin-bootstrap';
import { ServerPhase } from './health/server-phase';
import { setUpHttp } from './http-surface';
import { prepareDataDirectory } from './infrastructure/data-directory';
import { type OpenDatabase, openDatabase } from './infrastructure/database/open-database';
import { HttpAdapter } from './infrastructure/http/http-adapter';
import { listenError } from './infrastructure/http/listen-error';

/** A server that serves. */
export interface RunningServer {
  readonly app: NestExpressApplication;
  readonly endpoints: Endpoints;
  /** Only at the first start. */
  readonly newAdministrator?: NewAdministrator;
  /** Finishes what is in progress, closes everything, in the reverse order of the start. */
  stop(): Promise<void>;
}

/** Starts everything, in order; resolves when all of it serves. */
export async function bootstrap(config: Config, logger: LoggerService): Promise<RunningServer> {
  prepareDataDirectory(config.dataDir);
  const database = await openDatabase(config);
  try {
    return await startApplication(config, logger, database);
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function startApplication(config: Config, logger: LoggerService, database: OpenDatabase): Promise<RunningServer> {
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.register(config, database.url),
    // Named, because Nest's search for a platform ends the process when it fails.
    new HttpAdapter(),
    { logger, bodyParser: false, abortOnError: false },
  );
  try {
    setUpHttp(app, config);
    const httpPort = await listen(app, config);
    const gateways = await openGateways();
    const newAdministrator = await app.get(AdminBootstrap).run();
    const endpoints = { host: config.host, http: httpPort, ...gateways, pid: process.pid };
    writeEndpoints(config.dataDir, endpoints);
    const phase = app.get(ServerPhase);
    phase.advance('serving');
    const stop = async () => {
      phase.advance('draining');
      removeEndpoints(config.dataDir);
      await app.close();
      await database.close();
    };
    return { app, endpoints, newAdministrator, stop };
  } catch (error) {
    await app.close();
    throw error;
  }
}

async function listen(app: NestExpressApplication, { host, ports }: Config): Promise<number> {
  try {
    await app.listen(ports.http, host);
  } catch (error) {
    throw listenError(error, 'PORT', ports.http, host);
  }
  const server: http.Server = app.getHttpServer();
  return (server.address() as AddressInfo).port;
}

/** The ports of the two gateways; `app.useWebSocketAdapter(…)` and the adapter's `listen()` belong here. */
async function openGateways(): Promise<{ terminal: number; claude: number }> {
  return { terminal: 0, claude: 0 };
}
