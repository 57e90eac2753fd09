import type { LoggerService } from '@nestjs/common';
import type { Config } from '../config/environment';
import { prepareServer } from './bootstrap';
import { removeEndpoints, writeEndpoints } from './endpoints';
import { greet } from './greeting';
import { prepareDataDirectory } from './infrastructure/data-directory';
import { assertPortsFree } from './infrastructure/http/assert-ports-free';
import { schemeOf } from './infrastructure/http/request-scheme';
import { ownPlaces } from './own-places';
import { stopOnce } from './stop-once';

/** A gateway that binds its own ports. Nobody takes over from it: while it drains, it answers that it does. */
export async function serveAlone(config: Config, logger: LoggerService): Promise<void> {
  const { host, ports, dataDir } = config;
  prepareDataDirectory(dataDir);
  await assertPortsFree(host, { PORT: ports.http, WS_TERMINAL_PORT: ports.terminal, WS_CLAUDE_PORT: ports.claude });
  const server = await prepareServer(config, logger);
  const endpoints = { scheme: schemeOf(config), host, ...(await server.serve(ownPlaces(config))), pid: process.pid };
  writeEndpoints(dataDir, endpoints);
  const stop = stopOnce(server, () => removeEndpoints(dataDir));
  const departure = { reason: 'shutdown', timeoutMs: config.gateways.drainTimeoutMs, othersAccept: false } as const;
  process.on('SIGTERM', (signal) => stop(departure, signal));
  // Ctrl-C: a person waits.
  process.on('SIGINT', (signal) => stop({ ...departure, timeoutMs: 0 }, signal));
  greet(endpoints, server.newAdministrator);
}
