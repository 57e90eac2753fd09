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
import { operationsOnly, setUpHttp } from './http-surface';
import { prepareDataDirectory } from './infrastructure/data-directory';
import { type OpenDatabase, openDatabase } from './infrastructure/database/open-database';
import { assertPortsFree } from './infrastructure/http/assert-ports-free';
import { HttpAdapter, SERVER_OPTIONS } from './infrastructure/http/http-adapter';
import { listenError } from './infrastructure/http/listen-error';
import { ShellLaunch } from './system-terminal/shell-launch';
import { AdmissionDesk } from './terminal-connection/admission';
import { Connections } from './terminal-connection/connections';
import { EndpointAdapter } from './terminal-connection/endpoint.adapter';

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
  // What cannot succeed is refused before anything is started.
  void new ShellLaunch(config);
  prepareDataDirectory(config.dataDir);
  const { http, terminal, claude } = config.ports;
  await assertPortsFree(config.host, { PORT: http, WS_TERMINAL_PORT: terminal, WS_CLAUDE_PORT: claude });
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
    AppModule.register(config, database),
    // Named, because Nest's search for a platform ends the process when it fails.
    new HttpAdapter(),
    { logger, bodyParser: false, abortOnError: false },
  );
  try {
    setUpHttp(app, config);
    const adapter = webSocketAdapter(app, config);
    app.useWebSocketAdapter(adapter);
    const httpPort = await listen(app, config);
    const gateways = await openGateways(app, adapter, config);
    const connections = app.get(Connections);
    connections.setOwnOrigins(['127.0.0.1', 'localhost', '[::1]'].map((name) => `http://${name}:${httpPort}`));
    const newAdministrator = await app.get(AdminBootstrap).run();
    const endpoints = { host: config.host, http: httpPort, ...gateways, pid: process.pid };
    writeEndpoints(config.dataDir, endpoints);
    const phase = app.get(ServerPhase);
    phase.advance('serving');
    const stop = async () => {
      phase.advance('draining');
      removeEndpoints(config.dataDir);
      connections.drain();
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

function webSocketAdapter(app: NestExpressApplication, { host, ports }: Config): EndpointAdapter {
  return new EndpointAdapter(app, {
    host,
    ports,
    admit: (request, gateway) => app.get(AdmissionDesk).admit(request, gateway),
    onRequest: operationsOnly(app.getHttpAdapter().getInstance() as http.RequestListener),
    serverOptions: SERVER_OPTIONS,
  });
}

/** Both gateways at their paths on the main port, and each on its own; answers the ports. */
async function openGateways(
  app: NestExpressApplication,
  adapter: EndpointAdapter,
  { host, ports }: Config,
): Promise<{ terminal: number; claude: number }> {
  adapter.join(app.getHttpServer());
  const open = (gateway: 'terminal' | 'claude', variable: string): Promise<number> =>
    adapter.listen(gateway).catch((error: unknown) => {
      throw listenError(error, variable, ports[gateway], host);
    });
  return { terminal: await open('terminal', 'WS_TERMINAL_PORT'), claude: await open('claude', 'WS_CLAUDE_PORT') };
}
