import type { IncomingMessage, ServerResponse } from 'node:http';
import { retryAfterSeconds } from '../listener/answers';
import { toClient } from './passed-headers';

/** Hands an answer on, byte for byte, as fast as the CLI reads and no faster. Resolves with whether it came whole. */
export function relay(
  answer: IncomingMessage,
  response: ServerResponse,
  onBytes: (chunk: Buffer) => void,
): Promise<boolean> {
  response.writeHead(answer.statusCode ?? 502, bearable(toClient(answer.headers)));
  response.flushHeaders();
  return new Promise((resolve) => {
    answer.on('data', onBytes);
    answer.on('error', () => undefined);
    answer.once('close', () => {
      // Cut off: the CLI is not to take it for an end.
      if (!answer.complete) response.destroy();
    });
    response.once('close', () => {
      answer.destroy();
      resolve(answer.complete && response.writableFinished);
    });
    answer.pipe(response);
  });
}

/** A CLI that is told to wait longer than a minute gives up. */
function bearable(headers: ReturnType<typeof toClient>): ReturnType<typeof toClient> {
  const seconds = Number(headers['retry-after']);
  if (headers['retry-after'] === undefined || Number.isNaN(seconds)) return headers;
  return { ...headers, 'retry-after': String(retryAfterSeconds(seconds * 1000)) };
}
