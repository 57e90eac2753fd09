import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LoggerService } from '@nestjs/common';
import { errorMessage } from '../../infrastructure/startup-error';
import type { ClaudeRoute } from '../claude-listener';
import type { ClaudeTokens } from '../claude-tokens';
import { answer } from './answers';

/** What the CLI asks for to see whether somebody is there. It tells nothing, so it asks for nothing. */
const HELLO = '/api/hello';

/** Every request to the API gateway: who calls, then which route it is for. */
export class FrontDoor {
  private readonly routes: ClaudeRoute[] = [];

  constructor(
    private readonly tokens: Pick<ClaudeTokens, 'find'>,
    private readonly log: LoggerService,
  ) {}

  add(route: ClaudeRoute): void {
    this.routes.push(route);
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    // A socket that breaks while it is written to; whoever writes hears of `close`.
    response.on('error', () => undefined);
    const path = pathOf(request);
    if (path === HELLO) return void response.writeHead(200, { 'content-length': 0 }).end();
    const token = this.tokens.find(shownBy(request));
    if (!token) {
      return answer(response, {
        status: 402,
        message: 'This terminal may not use Claude any more; close the session and open it again.',
        final: true,
      });
    }
    const route = this.routes.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
    if (!route) return answer(response, { status: 404, message: 'This server does not serve that.' });
    Promise.resolve(route.handle(request, response, token)).catch((error: unknown) => {
      this.log.error(`${route.prefix} failed: ${errorMessage(error)}`);
      if (response.headersSent) response.destroy();
      else answer(response, { status: 500, message: 'Something went wrong in this server; its log says more.' });
    });
  };
}

export function pathOf({ url = '/' }: IncomingMessage): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

/** The CLI sends a token that it was given as a key in a header of its own. */
function shownBy({ headers }: IncomingMessage): string {
  const bearer = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const key = headers['x-api-key'];
  return bearer ?? (typeof key === 'string' ? key : '');
}
