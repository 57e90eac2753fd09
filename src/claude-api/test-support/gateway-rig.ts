import fs from 'node:fs';
import http, { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { Backoff } from '../../circuit-breaker/backoff';
import { CircuitBreaker } from '../../circuit-breaker/circuit-breaker';
import type { ReservationRequest } from '../../claude-usage/claude-budgets';
import type { MeteredUsage } from '../../claude-usage/token-usage';
import { SystemClock } from '../../kernel/clock';
import { RandomIds } from '../../kernel/ids';
import { ClaudeApiEvents, type SettledRequest } from '../claude-api-events';
import { ClaudeDirectory } from '../claude-directory';
import { ClaudeTokens } from '../claude-tokens';
import { ApiKey } from '../key/api-key';
import { FairQueue } from '../limits/fair-queue';
import { RateBudget } from '../limits/rate-budget';
import { Traffic } from '../limits/traffic';
import { ElectedListener } from '../listener/elected-listener';
import { FrontDoor } from '../listener/front-door';
import type { ExchangeParts } from '../proxy/exchange';
import { HeldBodies } from '../proxy/held-bodies';
import { MessagesProxy } from '../proxy/messages-proxy';
import { Upstream } from '../proxy/upstream';

export const REAL_KEY = 'sk-ant-the-real-key-0000';
export const SILENT = { log: () => undefined, warn: () => undefined, error: () => undefined };

interface RigOptions {
  readonly upstreamUrl: string;
  readonly places?: number;
  readonly holdMs?: number;
  readonly failuresToOpen?: number;
  readonly openMs?: number;
  readonly key?: string | null;
  readonly budgets?: Partial<ExchangeParts['budgets']>;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A whole API gateway on loopback, with budgets that write down what they are asked. */
export class GatewayRig {
  readonly events = new ClaudeApiEvents();
  readonly told: string[] = [];
  readonly settled: SettledRequest[] = [];
  readonly reserved: ReservationRequest[] = [];
  readonly charged: MeteredUsage[] = [];
  released = 0;
  readonly breaker: CircuitBreaker;
  readonly traffic: Traffic;
  readonly tokens: ClaudeTokens;
  readonly listener: ElectedListener;
  private readonly directory = fs.mkdtempSync('/tmp/hf-api-');
  private readonly upstream: Upstream;
  /** No connection is kept, so that nothing of one test is left for the next. */
  private readonly agent = new http.Agent({ keepAlive: false });

  private constructor(options: RigOptions) {
    const clock = new SystemClock();
    const { failuresToOpen = 5, openMs = 60_000 } = options;
    const settings = { threshold: failuresToOpen, windowMs: 60_000, resetTimeoutMs: openMs };
    this.breaker = new CircuitBreaker('claude-api', settings, clock);
    const budget = new RateBudget(clock);
    const queue = new FairQueue(options.places ?? 8, budget, clock);
    this.traffic = new Traffic({ queue, budget, breaker: this.breaker, clock });
    const key = options.key === null ? undefined : (options.key ?? REAL_KEY);
    this.upstream = new Upstream(options.upstreamUrl, new ApiKey({ key }, clock));
    const places = new ClaudeDirectory(this.directory);
    places.make();
    this.tokens = new ClaudeTokens(places.tokens, new RandomIds());
    const door = new FrontDoor(this.tokens, SILENT);
    this.listener = new ElectedListener({ directory: places, door, log: SILENT });
    const proxy = new MessagesProxy({
      upstream: this.upstream,
      traffic: this.traffic,
      events: this.events,
      // No wait at all.
      backoff: new Backoff(() => 0),
      clock,
      holdMs: options.holdMs ?? 10_000,
      budgets: this.budgets(options.budgets),
      bodies: new HeldBodies(),
    });
    this.listener.add(proxy);
    this.listen();
  }

  static async start(options: RigOptions): Promise<GatewayRig> {
    const rig = new GatewayRig(options);
    rig.listener.start();
    await rig.listener.listening();
    return rig;
  }

  tokenOf(userId: string, purpose: 'session' | 'suggestion' = 'session'): string {
    const sessionKey = `key-${userId}`;
    return this.tokens.issue({ sessionKey, sessionId: `session-${userId}`, projectId: 'p', userId, purpose });
  }

  /** Everything of an answer. */
  async ask(token: string, body: object | string = QUESTION, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    return collect(await this.begin(token, { body, headers }));
  }

  get(token: string, path: string): Promise<Answer> {
    return this.begin(token, { path, method: 'GET' }).then(collect);
  }

  /** Resolves with the head of the answer, nothing read yet. */
  begin(token: string, options: BeginOptions = {}): Promise<IncomingMessage> {
    const { body = QUESTION, method = 'POST', path = '/v1/messages?beta=true', headers = {}, signal } = options;
    return new Promise((resolve, reject) => {
      const request = http.request(`${this.listener.baseUrl}${path}`, {
        agent: this.agent,
        method,
        signal,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      });
      request.once('response', resolve);
      request.once('error', reject);
      request.end(method === 'GET' ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
    });
  }

  stop(): void {
    this.listener.close();
    this.upstream.close();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  private budgets(own: Partial<ExchangeParts['budgets']> = {}): ExchangeParts['budgets'] {
    return {
      assertModel: () => undefined,
      reserve: (_, request) => {
        this.reserved.push(request);
        let open = true;
        const once = (act: () => void) => () => {
          if (open) act();
          open = false;
        };
        return {
          id: 'r',
          nano: 0n as never,
          settle: (usage) => once(() => this.charged.push(usage))(),
          release: once(() => this.released++),
        };
      },
      ...own,
    };
  }

  private listen(): void {
    this.events.on('rateLimited', ({ token }) => this.told.push(`limited ${token.userId}`));
    this.events.on('apiDown', ({ token }) => this.told.push(`down ${token.userId}`));
    this.events.on('streaming', ({ token }) => this.told.push(`streaming ${token.userId}`));
    this.events.on('settled', ({ request }) => this.settled.push(request));
  }
}

interface BeginOptions {
  readonly body?: object | string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly signal?: AbortSignal;
}

export const QUESTION = {
  model: 'claude-test-1',
  max_tokens: 100,
  stream: true,
  messages: [{ role: 'user', content: 'Hello' }],
};

export async function collect(message: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return { status: message.statusCode ?? 0, headers: message.headers, body: Buffer.concat(chunks) };
}
