import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { ConfigError, loadConfig } from '../config/environment';
import { processEnvironment } from '../config/process-environment';
import { bootstrap, type RunningServer } from './bootstrap';
import { consoleUrl } from './endpoints';
import { PinoLogger } from './infrastructure/logging/pino-logger';
import { StartupError } from './infrastructure/startup-error';

/** Longer than any request and any drain hint; whoever still hangs then would hang for ever. */
const SHUTDOWN_TIMEOUT_MS = 15_000;

async function main(): Promise<void> {
  const config = loadConfig(processEnvironment());
  const logger = new PinoLogger(config.logLevel);
  Logger.overrideLogger(logger);
  const server = await bootstrap(config, logger);
  stopOnSignal(server);
  process.stdout.write(`${greeting(server)}\n`);
}

function greeting({ endpoints, newAdministrator }: RunningServer): string {
  const ready = `Holdfast is ready: ${consoleUrl(endpoints)}`;
  if (newAdministrator?.generatedPassword === undefined) return ready;
  const { email, generatedPassword } = newAdministrator;
  return `${ready} – log in as ${email} with the password ${generatedPassword} (shown only this once)`;
}

function stopOnSignal(server: RunningServer): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    // Whoever asks twice does not want to wait.
    if (stopping) process.exit(1);
    stopping = true;
    new Logger('Shutdown').log(`${signal}: stopping; once more to stop at once.`);
    setTimeout(() => process.exit(1), SHUTDOWN_TIMEOUT_MS).unref();
    server.stop().then(() => process.exit(0), fail);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function fail(error: unknown): void {
  // An operator can act on these; their stack would only hide the sentence.
  const isForOperator = error instanceof ConfigError || error instanceof StartupError;
  process.stderr.write(`${isForOperator ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}

main().catch(fail);
