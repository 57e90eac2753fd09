import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { errorCode } from '../../infrastructure/startup-error';
import type { ApiKey } from '../key/api-key';
import { toUpstream } from './passed-headers';

/** Longer than the CLI waits in the middle of an answer, 300 s; it is the one to give up. */
const SILENCE_MS = 330_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** An idle connection is closed by the other side sooner or later; before that it saves three round trips. */
const IDLE_MS = 30_000;
const MAX_IDLE = 32;

export interface UpstreamRequest {
  readonly method: string;
  /** With its query, as it came. */
  readonly url: string;
  /** As they came. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly signal: AbortSignal;
}

/** The API, or what stands in front of it; the key is added here. */
export class Upstream {
  private readonly base: URL;
  private readonly agent: http.Agent;
  private readonly request: typeof http.request;

  constructor(
    baseUrl: string,
    private readonly key: ApiKey,
  ) {
    this.base = new URL(baseUrl);
    const isTls = this.base.protocol === 'https:';
    const options = { keepAlive: true, timeout: IDLE_MS, maxFreeSockets: MAX_IDLE };
    this.agent = isTls ? new https.Agent(options) : new http.Agent(options);
    this.request = isTls ? https.request : http.request;
  }

  get hasKey(): boolean {
    return this.key.current() !== undefined;
  }

  /** Resolves with the head of the answer. A connection that was idle and is gone is replaced by a new one. */
  async send(request: UpstreamRequest): Promise<IncomingMessage> {
    try {
      return await this.sendOnce(request);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      return this.sendOnce(request);
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private sendOnce({ method, url, headers, body, signal }: UpstreamRequest): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { hostname, port, pathname } = this.base;
      const path = `${pathname.replace(/\/$/, '')}${url}`;
      const request = this.request({
        agent: this.agent,
        hostname: hostname.replace(/^\[|\]$/g, ''),
        port,
        method,
        path,
        headers: toUpstream(headers, this.key.current() ?? '', body),
        signal,
        timeout: SILENCE_MS,
      });
      request.once('socket', (socket) => limitConnecting(socket, request));
      request.on('timeout', () => request.destroy(new Error('The API says nothing any more.')));
      request.once('response', resolve);
      request.on('error', (error) => {
        const isStale = request.reusedSocket && errorCode(error) === 'ECONNRESET' && !signal.aborted;
        reject(isStale ? new StaleConnection() : error);
      });
      request.end(body);
    });
  }
}

class StaleConnection extends Error {}

function limitConnecting(socket: Socket, request: http.ClientRequest): void {
  if (!socket.connecting) return;
  const timer = setTimeout(() => request.destroy(new Error('The API cannot be reached.')), CONNECT_TIMEOUT_MS);
  const connected = (): void => clearTimeout(timer);
  socket.once('connect', connected);
  socket.once('close', connected);
}
