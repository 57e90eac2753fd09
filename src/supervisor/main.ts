import fs from 'node:fs';
import type { LoggerService } from '@nestjs/common';
import { type Config, loadConfig } from '../../config/environment';
import { processEnvironment } from '../../config/process-environment';
import { failStart } from '../fail-start';
import { PinoLogger } from '../infrastructure/logging/pino-logger';
import { hardenProcess } from '../kernel/harden-process';
import type { Departure } from '../terminal-connection/connections';
import { STOP_GRACE_MS } from './gateways';
import { GatewayFailed, Supervisor } from './supervisor';

/** The embedded PostgreSQL writes its checkpoint. */
const DATABASE_STOP_MS = 12_000;

/** `npm start`: holds the ports and the embedded database, and runs the gateway processes. */
async function main(): Promise<void> {
  hardenProcess();
  const config = loadConfig(processEnvironment());
  const log = new PinoLogger(config.logLevel);
  const hadTerminal = hasTerminal();
  const supervisor = await Supervisor.start(config, log);
  const stop = stopOnce(supervisor, log);
  const { drainTimeoutMs } = config.gateways;
  process.on('SIGTERM', () => stop('SIGTERM', shutdown(drainTimeoutMs)));
  process.on('SIGINT', () => stop('SIGINT', shutdown(0)));
  process.on('SIGHUP', () => {
    // The same signal tells that the terminal was closed in which somebody had run `npm start`.
    if (hadTerminal && !hasTerminal()) stop('SIGHUP', shutdown(drainTimeoutMs));
    else supervisor.roll();
  });
}

function shutdown(timeoutMs: Config['gateways']['drainTimeoutMs']): Departure {
  return { reason: 'shutdown', timeoutMs, othersAccept: false };
}

function stopOnce(supervisor: Supervisor, log: LoggerService) {
  let stopping = false;
  return (signal: string, departure: Departure): void => {
    if (stopping) {
      supervisor.kill();
      process.exit(1);
    }
    stopping = true;
    log.log(`${signal}: stopping; once more to stop at once.`, 'Shutdown');
    setTimeout(() => process.exit(1), departure.timeoutMs + STOP_GRACE_MS + DATABASE_STOP_MS).unref();
    supervisor.stop(departure).then(() => process.exit(0), failStart);
  };
}

/** A controlling terminal that is still there. */
function hasTerminal(): boolean {
  try {
    fs.closeSync(fs.openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}

main().catch((error: unknown) => {
  if (error instanceof GatewayFailed) process.exit(1);
  failStart(error);
});
