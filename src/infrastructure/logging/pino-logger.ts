import cluster from 'node:cluster';
import type { LoggerService } from '@nestjs/common';
import pino, { type DestinationStream, type Logger as Pino } from 'pino';
import type { LogLevel } from '../../../config/environment';
import { visibleJson } from '../../kernel/visible-text';
import { humanReadable } from './human-stream';
import { REDACTED_PATHS, redactText } from './redaction';

/** Contexts whose every start writes dozens of lines that interest nobody but Nest's own developers. */
const CHATTY = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

type Method = 'info' | 'error' | 'warn' | 'debug' | 'trace' | 'fatal';

/** Nest's logger on pino: JSON lines, or readable ones when a person looks; never a credential. */
export class PinoLogger implements LoggerService {
  private readonly pino: Pino;

  constructor(level: LogLevel, destination: DestinationStream = standardOutput()) {
    const options = {
      level,
      redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
    };
    // JSON escapes what is below U+0020; a terminal obeys C1 and bidirectional controls as well.
    this.pino = pino(options, { write: (line) => destination.write(visibleJson(line)) });
  }

  log(message: unknown, ...rest: unknown[]): void {
    const context = contextOf(rest);
    this.write(context !== undefined && CHATTY.has(context) ? 'debug' : 'info', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  private write(method: Method, message: unknown, rest: readonly unknown[]): void {
    const context = contextOf(rest);
    const fields: Record<string, unknown> = context === undefined ? {} : { context };
    // Nest passes (message, stack?, context?) for errors.
    const stack = rest.length > 1 && typeof rest[0] === 'string' ? rest[0] : undefined;
    if (stack !== undefined) fields['stack'] = redactText(stack);
    if (message instanceof Error) {
      fields['stack'] = redactText(message.stack ?? '');
      this.pino[method](fields, redactText(message.message));
    } else if (typeof message === 'object' && message !== null) {
      this.pino[method]({ ...fields, ...message });
    } else {
      this.pino[method](fields, redactText(String(message)));
    }
  }
}

/** Nest's convention: the last optional parameter is the context. */
function contextOf(rest: readonly unknown[]): string | undefined {
  const last = rest.at(-1);
  return typeof last === 'string' ? last : undefined;
}

function standardOutput(): DestinationStream {
  if (process.stdout.isTTY) return humanReadable(process.stdout);
  // PM2 takes over the stream of its cluster workers; their descriptor is its own log.
  return cluster.isWorker ? process.stdout : pino.destination({ fd: 1, sync: true });
}
