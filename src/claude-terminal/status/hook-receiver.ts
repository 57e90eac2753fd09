import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ClaudeListener, type ClaudeRoute } from '../../claude-api/claude-listener';
import type { ClaudeToken } from '../../claude-api/claude-tokens';
import { BoundedMap } from '../../infrastructure/cache/bounded-map';
import { errorMessage } from '../../infrastructure/startup-error';
import { Clock } from '../../kernel/clock';
import { TokenBucket } from '../../rate-limits/token-bucket';
import { type ClaudeHook, parseHook } from './claude-hook';
import { ClaudeStatus } from './claude-status';
import { PermissionDesk, type PermissionReply } from './permission-desk';

/** The text of a file that is written is in it, and the CLI writes no larger ones. */
const MAX_BODY_BYTES = 1024 * 1024;
/** Of one session. A CLI at full speed sends ten hooks a second. */
const RATE = { perSecond: 50, burst: 400 };
/** Large ones count for more: reading one megabyte takes as long as reading sixty small ones. */
const BYTES_OF_ONE = 16 * 1024;
/** More than live at a time; whoever is forgotten has a full allowance again. */
const MAX_SESSIONS = 5_000;
/** Of one session, in memory at a time. */
const MAX_READING = 8;

/** Hears what the CLI says of itself (`POST /hooks`). Whoever has a session's token can say anything of that session, and of no other. */
@Injectable()
export class HookReceiver implements ClaudeRoute, OnModuleInit {
  readonly prefix = '/hooks';
  private readonly log = new Logger(HookReceiver.name);
  private readonly allowances = new BoundedMap<string, TokenBucket>(MAX_SESSIONS);
  private readonly reading = new Map<string, number>();

  constructor(
    private readonly listener: ClaudeListener,
    private readonly status: ClaudeStatus,
    private readonly desk: PermissionDesk,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.listener.add(this);
  }

  async handle(request: IncomingMessage, response: ServerResponse, token: ClaudeToken): Promise<void> {
    const key = token.sessionKey;
    if (request.method !== 'POST') return refuse(response, 405);
    if (token.purpose !== 'session') return refuse(response, 403);
    const reading = this.reading.get(key) ?? 0;
    if (reading >= MAX_READING) return refuse(response, 429);
    this.reading.set(key, reading + 1);
    const body = await read(request).finally(() => this.doneReading(key));
    if (body === GONE) return;
    if (body === undefined) return refuse(response, 413);
    if (!this.allows(key, body.length)) return refuse(response, 429);
    const hook = parseHook(body);
    if (!hook) return answer(response, {});
    await this.take(key, hook, response).catch((error: unknown) => {
      this.log.error(`A hook of ${token.sessionId} was not understood: ${errorMessage(error)}`);
      answer(response, {});
    });
  }

  private async take(key: string, hook: ClaudeHook, response: ServerResponse): Promise<void> {
    const learned = this.status.apply(key, { kind: 'hook', hook });
    if (hook.hook_event_name === 'PermissionRequest') return this.desk.ask(key, hook, replyOn(response));
    // The CLI waits for the answer, and for nothing else.
    answer(response, {});
    await learned;
  }

  private doneReading(key: string): void {
    const left = (this.reading.get(key) ?? 1) - 1;
    if (left > 0) this.reading.set(key, left);
    else this.reading.delete(key);
  }

  private allows(key: string, bytes: number): boolean {
    const now = this.clock.monotonic();
    const allowance = this.allowances.get(key) ?? new TokenBucket(RATE, now);
    this.allowances.set(key, allowance);
    return allowance.take(now, 1 + Math.floor(bytes / BYTES_OF_ONE)) === 0;
  }
}

function replyOn(response: ServerResponse): PermissionReply {
  return {
    send: (body) => answer(response, body),
    onGone: (gone) => {
      if (response.destroyed) return gone();
      response.once('close', () => {
        if (!response.writableEnded) gone();
      });
    },
  };
}

function answer(response: ServerResponse, body: object): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number): void {
  if (response.headersSent || response.destroyed) return;
  // What is left of the body is not read.
  response.writeHead(status, { connection: 'close' });
  response.end();
}

/** The caller left. */
const GONE = Symbol('gone');

/** Undefined: it is too large. */
async function read(request: IncomingMessage): Promise<string | typeof GONE | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return GONE;
  }
  return Buffer.concat(chunks).toString();
}
