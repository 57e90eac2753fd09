import type { LoggerService } from '@nestjs/common';
import type { Config } from '../../config/environment';
import { prepareServer, type PreparedServer } from '../bootstrap';
import { failStart, failureText } from '../fail-start';
import { stopOnce } from '../stop-once';
import { type FromGateway, LISTENERS, type ToGateway } from './messages';
import { dieWithParent } from './native';

const PLACES = {
  http: { fd: LISTENERS.http },
  terminal: { fd: LISTENERS.terminal },
  claude: { fd: LISTENERS.claude },
};

/** A gateway process of the supervisor: boots, waits for the word, serves on the sockets it inherited. */
export async function serveSupervised(config: Config, logger: LoggerService): Promise<void> {
  // Nobody would ever end it, and it would hold the ports. The system's own way works also while this process hangs.
  dieWithParent();
  process.once('disconnect', () => process.exit(1));
  // Ctrl-C and a closed terminal reach every process in it; the supervisor says what follows.
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', () => undefined);
  const server = await prepareServer(config, logger);
  obey(server, config);
  tell({ kind: 'warm', newAdministrator: server.newAdministrator });
}

function obey(server: PreparedServer, config: Config): void {
  const stop = stopOnce(server, () => tell({ kind: 'leaving' }));
  process.on('message', (message: ToGateway) => {
    switch (message.kind) {
      case 'serve':
        return void server.serve(PLACES).then((ports) => tell({ kind: 'serving', ports }), failSupervised);
      case 'stop':
        return stop(message.departure);
      case 'ping':
        return tell({ kind: 'pong' });
    }
  });
  const { drainTimeoutMs } = config.gateways;
  const departure = { reason: 'deploy', timeoutMs: drainTimeoutMs, othersAccept: true } as const;
  process.on('SIGTERM', (signal) => stop(departure, signal));
}

/** The supervisor hears why, too: who asked for a roll wants to know. */
export function failSupervised(error: unknown): void {
  process.send?.({ kind: 'failed', reason: failureText(error) } satisfies FromGateway, () => failStart(error));
}

function tell(message: FromGateway): void {
  // A supervisor that has gone hears nothing; `disconnect` follows.
  process.send?.(message, () => undefined);
}
