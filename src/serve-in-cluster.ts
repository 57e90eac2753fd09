import type { LoggerService } from '@nestjs/common';
import type { Config } from '../config/environment';
import { prepareServer } from './bootstrap';
import { writeEndpoints } from './endpoints';
import { greet } from './greeting';
import { schemeOf } from './infrastructure/http/request-scheme';
import { StartupError } from './infrastructure/startup-error';
import { ownPlaces } from './own-places';
import { stopOnce } from './stop-once';

/**
 * A worker of a Node cluster or of PM2 in cluster mode: the primary owns the ports and shares them, so that other workers accept
 * while this one drains. PM2 waits for `ready`, and asks with SIGINT or the message `shutdown`.
 */
export async function serveInCluster(config: Config, logger: LoggerService): Promise<void> {
  if (config.database.url === undefined) {
    throw new StartupError(
      'Several gateway processes need one PostgreSQL that outlives each of them: set DATABASE_URL, or use npm start.',
    );
  }
  const server = await prepareServer(config, logger);
  const ports = await server.serve(ownPlaces(config));
  // The primary's pid: no worker may remove what the others still serve.
  const endpoints = { scheme: schemeOf(config), host: config.host, ...ports, pid: process.ppid };
  writeEndpoints(config.dataDir, endpoints);
  const stop = stopOnce(server);
  const departure = { reason: 'deploy', timeoutMs: config.gateways.drainTimeoutMs, othersAccept: true } as const;
  process.on('SIGTERM', (signal) => stop(departure, signal));
  process.on('SIGINT', (signal) => stop(departure, signal));
  process.on('message', (message) => {
    if (message === 'shutdown') stop(departure, 'shutdown');
  });
  process.send?.('ready');
  greet(endpoints, server.newAdministrator);
}
