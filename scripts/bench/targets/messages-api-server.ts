import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { BYTES_HEADER } from './messages-api';

/**
 * messages-api-server: answers everything at once, as a Claude API that needs no time would: a short streamed answer, or one of as
 * many bytes as the request's header says. Prints its port; ends when its standard input does.
 */
function event(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}

const START = event('message_start', { message: { usage: { input_tokens: 25_000, output_tokens: 1 } } });
/** As long as the pieces of the real API mostly are. */
const DELTA = event('content_block_delta', {
  index: 0,
  delta: { type: 'text_delta', text: 'four or five words of it ' },
});
const END = event('message_delta', { usage: { output_tokens: 50 } }) + event('message_stop', {});
/** What is written at once in a long answer. */
const PIECE = Buffer.from(DELTA.repeat(128));

async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  for await (const _ of request) void _;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(START);
  for (let left = Number(request.headers[BYTES_HEADER] ?? 0); left > 0; left -= PIECE.length) {
    if (!response.write(PIECE)) await once(response, 'drain');
  }
  response.end(DELTA + END);
}

const server = http.createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.stdin.once('end', () => process.exit(0)).resume();
