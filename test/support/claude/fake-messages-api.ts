import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { eventually } from '../eventually';
import { directivesIn, lastPrompt, toolResults, type Directives, type Message } from './directives';
import { replyTo } from './fake-reply';
import { streamReply, type StreamFault } from './fake-stream';

export interface FakeRequest {
  readonly number: number;
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As it came. */
  readonly raw: string;
  readonly body: RequestBody | undefined;
  /** What the person wrote last, and what it says that has to happen. */
  readonly text: string;
  readonly directives: Directives;
  /** The CLI's own requests, for example for a title. */
  readonly helper: boolean;
  status: number;
  /** `cut`: whoever asked was gone before the end. */
  outcome: 'running' | 'complete' | 'cut';
}

export interface RequestBody {
  readonly model: string;
  readonly max_tokens: number;
  readonly stream?: boolean;
  readonly messages: readonly Message[];
  readonly tools?: readonly unknown[];
  readonly system?: unknown;
  readonly metadata?: unknown;
}

/** An answer that a test gives itself, before anything that a prompt says. */
export interface Scripted {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What becomes of every connection: served; reset at once; taken and never answered; answered with what is not HTTP. */
export type Fault = 'none' | 'reset' | 'silent' | 'garbage';

const REFUSALS: Readonly<Record<string, readonly [type: string, message: string]>> = {
  429: ['rate_limit_error', 'Number of requests has exceeded your rate limit (fake)'],
  529: ['overloaded_error', 'Overloaded'],
  500: ['api_error', 'Internal server error'],
  401: ['authentication_error', 'invalid x-api-key'],
  403: ['permission_error', 'Your API key does not have permission (fake)'],
  400: ['invalid_request_error', 'Your credit balance is too low to access the Anthropic API. (fake)'],
};
/** These are given for as long as the prompt is asked again. */
const FOR_EVER = ['401', '403', '400'];

/** The Messages API on a port of its own. What it does is written in the prompts: see directives.ts. */
export class FakeMessagesApi {
  readonly requests: FakeRequest[] = [];
  /** What a request gets instead of what its prompt says; undefined: that. */
  script: (request: FakeRequest) => Scripted | undefined = () => undefined;
  /** What a request is answered, where its prompt cannot say it; undefined: what the prompt says. */
  say: (request: FakeRequest) => string | undefined = () => undefined;
  /** Of every answer, for example `anthropic-ratelimit-requests-remaining`. */
  headers: Readonly<Record<string, string>> = {};
  fault: Fault = 'none';
  private readonly counts = new Map<string, number>();
  private readonly gates = new Map<string, { readonly opened: Promise<void>; open(): void }>();
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: http.Server) {}

  static async start({ port = 0 } = {}): Promise<FakeMessagesApi> {
    const server = http.createServer({ keepAliveTimeout: 60_000 });
    const fake = new FakeMessagesApi(server);
    server.on('connection', (socket) => fake.onConnection(socket));
    server.on('request', (request, response) => void fake.onRequest(request, response));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return fake;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Those that ask the model to go on with a conversation. */
  get turns(): readonly FakeRequest[] {
    return this.requests.filter(({ path, helper }) => path.split('?')[0] === '/v1/messages' && !helper);
  }

  /** Lets every answer that waits at `[[hold:name]]` go on, also those that come later. */
  release(name: string): void {
    this.gate(name).open();
  }

  /** Resolves with the turn whose prompt contains this, when it has come. */
  async turn(containing: string): Promise<FakeRequest> {
    return eventually(() => {
      const found = this.turns.findLast(({ text }) => text.includes(containing));
      if (!found) throw new Error(`nobody asked ${containing}`);
      return found;
    });
  }

  /** Cuts all connections, as a network does. */
  cut(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private onConnection(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => undefined);
    if (this.fault === 'reset') socket.resetAndDestroy();
    if (this.fault === 'garbage') socket.end('what is this\r\n');
  }

  private async onRequest(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await textOf(incoming).catch(() => '');
    const request = this.record(incoming, raw);
    response.on('close', () => {
      request.outcome = response.writableFinished ? 'complete' : 'cut';
    });
    if (this.fault === 'silent') return;
    const scripted = this.script(request);
    if (scripted) return this.answer(response, request, scripted);
    const path = request.path.split('?')[0];
    if (request.method === 'GET' && path?.startsWith('/v1/models'))
      return this.answer(response, request, { status: 200, body: { data: [], has_more: false } });
    if (request.method === 'POST' && path === '/v1/messages/count_tokens')
      return this.answer(response, request, { status: 200, body: { input_tokens: Math.ceil(raw.length / 4) } });
    if (request.method !== 'POST' || path !== '/v1/messages' || request.body === undefined)
      return this.answer(response, request, refusal(404, 'not_found_error', 'no such route'));
    const refused = this.refusalFor(request);
    if (refused) return this.answer(response, request, refused);
    await this.reply(response, request, request.body);
  }

  private record(incoming: IncomingMessage, raw: string): FakeRequest {
    const body = parsed(raw);
    const text = lastPrompt(body?.messages ?? []);
    const { method = '', url: path = '', headers } = incoming;
    const helper = /^claude-cli/.test(headers['user-agent'] ?? '') && (body?.tools ?? []).length === 0;
    const request: FakeRequest = {
      ...{ number: this.requests.length + 1, at: Date.now(), method, path, headers, raw, body, text },
      ...{ directives: directivesIn(text), helper, status: 0, outcome: 'running' },
    };
    this.requests.push(request);
    return request;
  }

  private refusalFor(request: FakeRequest): Scripted | undefined {
    const { directives: d, helper, body } = request;
    if (helper || toolResults(body?.messages ?? []).length > 0) return undefined;
    for (const [status, [type, message]] of Object.entries(REFUSALS)) {
      const argument = d[status];
      if (argument === undefined) continue;
      const [times, retryAfter] = argument.split(':');
      if (!FOR_EVER.includes(status) && !this.isAmong(request, status, Number(times) || 1)) continue;
      const answer = refusal(Number(status), type, status === '400' && argument !== '' ? argument : message);
      return { ...answer, headers: { ...headersIn(d), ...(retryAfter ? { 'retry-after': retryAfter } : {}) } };
    }
    return undefined;
  }

  private async reply(response: ServerResponse, request: FakeRequest, body: RequestBody): Promise<void> {
    const { number, raw, text, helper } = request;
    const said = this.say(request);
    const directives = said === undefined ? request.directives : { ...request.directives, say: said };
    const reply = replyTo({ number, bytes: raw.length, text, directives, messages: body.messages, helper });
    const id = `msg_fake_${number}`;
    if (!body.stream) {
      const { content, stopReason, usage } = reply;
      const message = { id, type: 'message', role: 'assistant', model: body.model, content, usage };
      return this.answer(response, request, {
        status: 200,
        body: { ...message, stop_reason: stopReason, stop_sequence: null },
      });
    }
    request.status = 200;
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      ...this.standard(request),
    });
    const faults = ['drop', 'errevent', 'stall'] as const;
    const fault: StreamFault | undefined = helper
      ? undefined
      : faults.find(
          (name) => directives[name] !== undefined && this.isAmong(request, name, Number(directives[name]) || 1),
        );
    await streamReply(response, { id, model: body.model, reply, fault, released: (name) => this.gate(name).opened });
  }

  private answer(response: ServerResponse, request: FakeRequest, { status, headers, body }: Scripted): void {
    request.status = status;
    response.writeHead(status, { 'content-type': 'application/json', ...this.standard(request), ...headers });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }

  private standard({ number }: FakeRequest): Record<string, string> {
    return { 'request-id': `req_fake_${number}`, ...this.headers };
  }

  /** Whether the same prompt of the same session came at most so often. */
  private isAmong({ headers, text }: FakeRequest, what: string, times: number): boolean {
    const key = `${what}|${String(headers['x-claude-code-session-id'])}|${text.slice(-300)}`;
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    return count <= times;
  }

  private gate(name: string): { readonly opened: Promise<void>; open(): void } {
    const known = this.gates.get(name);
    if (known) return known;
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const gate = { opened, open };
    this.gates.set(name, gate);
    return gate;
  }
}

function refusal(status: number, type: string, message: string): Scripted {
  return { status, body: { type: 'error', error: { type, message } } };
}

function headersIn(d: Directives): Record<string, string> {
  const names = { ra: 'retry-after', rams: 'retry-after-ms', shouldretry: 'x-should-retry' };
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, header]) => (d[name] === undefined ? [] : [[header, d[name]]])),
  );
}

function parsed(raw: string): RequestBody | undefined {
  try {
    return JSON.parse(raw) as RequestBody;
  } catch {
    return undefined;
  }
}
