import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoggerService } from '@nestjs/common';
import type { ErrorCode } from '@holdfast/protocol';
import { errorMessage } from '../../infrastructure/startup-error';
import { DomainError } from '../../kernel/domain-error';
import type { ClaudeControl } from '../claude-listener';
import { pathOf } from './front-door';

/** The longest is an answer to a permission, with everything that is typed into it. */
const MAX_BODY_BYTES = 1024 * 1024;
/** A session that hibernates is given some seconds to finish. */
const CALL_TIMEOUT_MS = 30_000;
/** When a leader dies the next one is there after 200 ms, and one that boots after a few seconds. */
const LEADER_PATIENCE_MS = 3_000;
const REDIAL_MS = 50;
/** Nobody listens, or the next leader has not made its socket yet: the call has not been made. */
const NOT_THERE: readonly unknown[] = ['ENOENT', 'ECONNREFUSED'];

type Reply = { readonly result: unknown } | { readonly error: CarriedError };

interface CarriedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Calls from one gateway process to the leader, over a Unix socket that only this server's user can open. */
export class ControlCalls {
  private readonly handlers = new Map<string, ClaudeControl>();

  constructor(private readonly log: LoggerService) {}

  add(name: string, handle: ClaudeControl): void {
    this.handlers.set(name, handle);
  }

  run(name: string, body: unknown): Promise<unknown> {
    const handle = this.handlers.get(name);
    if (!handle) return Promise.reject(new Error(`The leader knows no call ${name}.`));
    return handle(body);
  }

  readonly serve = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    response.on('error', () => undefined);
    readJson(request)
      .then((body) => this.run(pathOf(request).slice(1), body))
      .then(
        (result): Reply => ({ result: result ?? null }),
        (error: unknown): Reply => {
          if (!(error instanceof DomainError)) this.log.error(`${pathOf(request)} failed: ${errorMessage(error)}`);
          return { error: carried(error) };
        },
      )
      .then((reply) => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(reply));
      })
      .catch(() => response.destroy());
  };
}

/** Waits a moment for a leader, then refuses with `unavailable`. */
export async function callLeader(socketPath: string, name: string, body: unknown): Promise<unknown> {
  const deadline = performance.now() + LEADER_PATIENCE_MS;
  for (;;) {
    try {
      const reply = await post(socketPath, name, body);
      if ('result' in reply) return reply.result;
      const { code, message, ...options } = reply.error;
      throw new DomainError(code, message, options);
    } catch (error) {
      if (error instanceof DomainError) throw error;
      const waits = NOT_THERE.includes((error as NodeJS.ErrnoException).code) && performance.now() < deadline;
      if (!waits) throw noLeader(error);
    }
    await sleep(REDIAL_MS);
  }
}

function post(socketPath: string, name: string, body: unknown): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { socketPath, method: 'POST', path: `/${name}`, agent: false, timeout: CALL_TIMEOUT_MS },
      (response) => void readJson(response).then((reply) => resolve(reply as Reply), reject),
    );
    request.on('timeout', () => request.destroy(new Error('The leader did not answer in time.')));
    request.on('error', reject);
    request.end(JSON.stringify(body ?? null));
  });
}

async function readJson(message: http.IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error('A call to the leader is too long.');
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
}

function carried(error: unknown): CarriedError {
  if (!(error instanceof DomainError)) {
    return { code: 'internal', message: 'Something went wrong in the server; its log says more.', retryable: false };
  }
  const { retryAfterMs, details } = error.options;
  return { code: error.code, message: error.message, retryable: error.retryable, retryAfterMs, details };
}

function noLeader(cause: unknown): DomainError {
  return new DomainError('unavailable', 'The Claude part of this server is starting; try again in a moment.', {
    retryable: true,
    retryAfterMs: 1_000,
    cause,
  });
}
