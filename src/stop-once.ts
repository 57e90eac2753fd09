import { Logger } from '@nestjs/common';
import type { PreparedServer } from './bootstrap';
import { failStart } from './fail-start';
import type { Departure } from './terminal-connection/connections';

/** Beyond the drain, nothing takes longer than this; whoever still hangs then would hang for ever. */
const CLOSE_TIMEOUT_MS = 10_000;

/** Ends the process in good order; whoever asks twice does not want to wait. */
export function stopOnce(server: PreparedServer, onStop: () => void = () => undefined) {
  let stopping = false;
  return (departure: Departure, signal?: string): void => {
    if (stopping) process.exit(1);
    stopping = true;
    if (signal) new Logger('Shutdown').log(`${signal}: stopping; once more to stop at once.`);
    setTimeout(() => process.exit(1), departure.timeoutMs + CLOSE_TIMEOUT_MS).unref();
    onStop();
    server.stop(departure).then(() => process.exit(0), failStart);
  };
}
