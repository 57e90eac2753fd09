import http, { type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Its connection broke before it was answered. */
  readonly aborted: Promise<void>;
}

export type Script = (response: ServerResponse, seen: Seen) => void;

/** A Claude API that answers what it is told to: one script for each request, the last one for all that follow. */
export class ScriptedUpstream {
  readonly seen: Seen[] = [];
  private scripts: Script[] = [];

  private constructor(private readonly server: http.Server) {}

  static async start(): Promise<ScriptedUpstream> {
    const server = http.createServer();
    const upstream = new ScriptedUpstream(server);
    server.on('request', (request, response) => void upstream.receive(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  play(...scripts: Script[]): void {
    this.scripts = scripts;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async receive(request: http.IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const aborted = new Promise<void>((resolve) =>
      response.once('close', () => {
        if (!response.writableFinished) resolve();
      }),
    );
    const { method = '', url = '', headers } = request;
    const seen = { method, url, headers, body: Buffer.concat(chunks), aborted };
    this.seen.push(seen);
    const script = this.scripts.length > 1 ? this.scripts.shift() : this.scripts[0];
    script?.(response, seen);
  }
}

/** An error as the API sends it. */
export function failure(status: number, headers: OutgoingHttpHeaders = {}): Script {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ type: 'error', error: { type: 'api_error', message: `scripted ${status}` } }));
  };
}

/** A whole streamed answer. */
export function says(text: string, headers: OutgoingHttpHeaders = {}): Script {
  return (response) => {
    streams(response, headers);
    response.end(`${delta(text)}${END}`);
  };
}

/** The head of a streamed answer, and its first event. */
export function streams(response: ServerResponse, headers: OutgoingHttpHeaders = {}): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'req_scripted', ...headers });
  response.write(START);
}

export function delta(text: string): string {
  return event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
}

function event(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}

export const START = event('message_start', {
  message: {
    id: 'msg_1',
    role: 'assistant',
    content: [],
    usage: { input_tokens: 12, cache_creation_input_tokens: 3, cache_read_input_tokens: 100, output_tokens: 1 },
  },
});
export const END =
  event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } }) +
  event('message_stop', {});
