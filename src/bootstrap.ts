import type http from 'node:http';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { CONFIG, type Config } from '../config/environment';
import { AppModule } from './app.module';
import { MessagesProxy } from './claude-api/proxy/messages-proxy';
import type { Ports } from './endpoints';
import { AdminBootstrap, type NewAdministrator } from './first-start/admin-bootstrap';
import { ServerPhase } from './health/server-phase';
import { operationsOnly, setUpHttp } from './http-surface';
import { prepareDataDirectory } from './infrastructure/data-directory';
import { type OpenDatabase, openDatabase } from './infrastructure/database/open-database';
import { AnswersInProgress } from './infrastructure/http/answers-in-progress';
import { HttpAdapter } from './infrastructure/http/http-adapter';
import { listenError } from './infrastructure/http/listen-error';
import { listenOn, type Place, stopAccepting } from './infrastructure/http/listen-on';
import { shellAccount } from './launchers/system-account';
import { schemeOf } from './infrastructure/http/request-scheme';
import { ServerCertificate } from './infrastructure/http/server-certificate';
import { webServers } from './infrastructure/http/web-server';
import { PtyHostClient } from './pty-client/pty-host-client';
import { TcpConnections } from './rate-limits/tcp-connections';
import { Connections, type Departure } from './terminal-connection/connections';
import { EndpointAdapter } from './terminal-connection/endpoint.adapter';
import { UpgradeGate } from './terminal-connection/upgrade-gate';

/** Where a gateway process is to listen. */
export type Places = Readonly<Record<keyof Ports, Place>>;

/** Starts everything but serving; what cannot succeed is refused before anything is started. */
export async function prepareServer(config: Config, logger: LoggerService): Promise<PreparedServer> {
  void shellAccount(config.shell);
  const certificate = config.tls && new ServerCertificate(config.tls);
  prepareDataDirectory(config.dataDir);
  const database = await openDatabase(config);
  try {
    return await PreparedServer.start(config, logger, { database, certificate });
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** What is there before the application, and outlives it. */
interface Foundation {
  readonly database: OpenDatabase;
  readonly certificate: ServerCertificate | undefined;
}

/**
 * A booted gateway process: the application is initialized, the database is open, nothing listens, the PTY host is not
 * connected, no background work runs. It may stay like this for weeks, as a spare.
 */
export class PreparedServer {
  private constructor(
    private readonly app: NestExpressApplication,
    private readonly adapter: EndpointAdapter,
    private readonly answers: AnswersInProgress,
    private readonly foundation: Foundation,
    /** Only at the first start of an installation. */
    readonly newAdministrator: NewAdministrator | undefined,
  ) {}

  static async start(config: Config, logger: LoggerService, foundation: Foundation): Promise<PreparedServer> {
    const { database, certificate } = foundation;
    const createServer = webServers(certificate);
    const app = await NestFactory.create<NestExpressApplication>(
      AppModule.register(config, database),
      // Named, because Nest's search for a platform ends the process when it fails.
      new HttpAdapter(createServer),
      { logger, bodyParser: false, abortOnError: false },
    );
    try {
      setUpHttp(app, config);
      const answers = new AnswersInProgress();
      const watchers = [answers, app.get(TcpConnections)];
      for (const watcher of watchers) watcher.watch(app.getHttpServer());
      const adapter = new EndpointAdapter(app, {
        admit: (request, gateway) => app.get(UpgradeGate).admit(request, gateway),
        onRequest: operationsOnly(app.getHttpAdapter().getInstance() as http.RequestListener),
        watchers,
        answers,
        createServer,
      });
      app.useWebSocketAdapter(adapter);
      await app.init();
      const newAdministrator = await app.get(AdminBootstrap).run();
      return new PreparedServer(app, adapter, answers, foundation, newAdministrator);
    } catch (error) {
      await app.close();
      throw error;
    }
  }

  /** Both gateways at their paths on the main port, and each on its own; answers the ports. */
  async serve(places: Places): Promise<Ports> {
    const { app, adapter } = this;
    app.get(PtyHostClient).open();
    adapter.join(app.getHttpServer());
    const http = await listening(listenOn(app.getHttpServer(), places.http), 'PORT', places.http);
    const scheme = schemeOf(app.get<Config>(CONFIG));
    app
      .get(Connections)
      .setOwnOrigins(['127.0.0.1', 'localhost', '[::1]'].map((name) => `${scheme}://${name}:${http}`));
    const terminal = adapter.listen('terminal', places.terminal);
    const claude = adapter.listen('claude', places.claude);
    const ports = {
      http,
      terminal: await listening(terminal, 'WS_TERMINAL_PORT', places.terminal),
      claude: await listening(claude, 'WS_CLAUDE_PORT', places.claude),
    };
    app.get(ServerPhase).advance('serving');
    return ports;
  }

  /** Lets clients move, finishes what is in progress, and closes everything in the reverse order of the start. */
  async stop(departure: Departure): Promise<void> {
    const { app, adapter, answers } = this;
    const { timeoutMs } = departure;
    const deadline = performance.now() + timeoutMs;
    app.get(ServerPhase).advance('draining');
    if (departure.othersAccept) {
      stopAccepting(app.getHttpServer());
      adapter.stopAccepting();
    }
    const connections = app.get(Connections);
    connections.sendAway(departure);
    await answers.finish(timeoutMs);
    await connections.left(Math.max(0, deadline - performance.now()));
    // What Claude sessions asked for and is being answered; what they ask from now on is the next leader's.
    await app.get(MessagesProxy).idle(Math.max(0, deadline - performance.now()));
    // Before the outbox ends: each close is put on record.
    await adapter.left();
    await app.close();
    const { database, certificate } = this.foundation;
    certificate?.dispose();
    await database.close();
  }
}

function listening(port: Promise<number>, variable: string, place: Place): Promise<number> {
  return port.catch((error: unknown) => {
    throw 'fd' in place ? error : listenError(error, variable, place.port, place.host);
  });
}
