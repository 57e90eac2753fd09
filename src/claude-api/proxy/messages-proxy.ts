import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ClaudeRoute } from '../claude-listener';
import type { ClaudeToken } from '../claude-tokens';
import { answer } from '../listener/answers';
import { pathOf } from '../listener/front-door';
import { Exchange, type ExchangeParts } from './exchange';
import { isServed } from './request-facts';

/** The Claude API as sessions see it: what they may ask of it, with the key added on the way. */
export class MessagesProxy implements ClaudeRoute {
  readonly prefix = '/v1';
  private readonly running = new Set<Promise<void>>();

  constructor(private readonly parts: ExchangeParts) {}

  async handle(request: IncomingMessage, response: ServerResponse, token: ClaudeToken): Promise<void> {
    const path = pathOf(request);
    if (!isServed(request.method ?? '', path)) {
      return answer(response, { status: 404, message: 'This server does not serve that part of the Claude API.' });
    }
    const exchange = new Exchange(this.parts, { token, request, response, path }).run();
    this.running.add(exchange);
    try {
      await exchange;
    } finally {
      this.running.delete(exchange);
    }
  }

  /** Resolves when no request is left, or after so long. */
  async idle(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
    await Promise.race([Promise.allSettled([...this.running]), patience]);
    clearTimeout(timer);
  }
}
