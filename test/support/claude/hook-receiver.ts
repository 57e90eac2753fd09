import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { eventually } from '../eventually';

export interface HookCall {
  readonly event: string;
  readonly headers: IncomingHttpHeaders;
  readonly data: Readonly<Record<string, unknown>>;
  /** The CLI does not want an answer any more. */
  aborted: boolean;
  answer(content: unknown): void;
}

/** These get no answer before the test gives one. */
const HELD = ['PermissionRequest'];
const EVENTS = [
  ...['UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'PostToolUseFailure', 'PostToolBatch', 'PermissionRequest'],
  ...['Stop', 'StopFailure', 'Notification', 'SessionStart', 'SessionEnd'],
];

/** Takes what the CLI posts, as the server does. */
export class HookReceiver {
  readonly calls: HookCall[] = [];

  private constructor(private readonly server: http.Server) {}

  static async start(): Promise<HookReceiver> {
    const server = http.createServer();
    const receiver = new HookReceiver(server);
    server.on('request', (request, response) => void receiver.take(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** For the CLI's settings. */
  get hooks(): object {
    const url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
    const headers = { authorization: 'Bearer $HOLDFAST_TOKEN', 'x-credential': '$ANTHROPIC_AUTH_TOKEN' };
    const allowedEnvVars = ['HOLDFAST_TOKEN', 'ANTHROPIC_AUTH_TOKEN'];
    const hook = { type: 'http', url, timeout: 600, headers, allowedEnvVars };
    return Object.fromEntries(EVENTS.map((event) => [event, [{ hooks: [hook] }]]));
  }

  get names(): string[] {
    return this.calls.map(({ event }) => event);
  }

  async call(event: string): Promise<HookCall> {
    return eventually(() => {
      const found = this.calls.findLast((call) => call.event === event);
      if (!found) throw new Error(`no ${event} among ${this.names.join(', ')}`);
      return found;
    });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const data = (await json(request)) as Record<string, unknown>;
    const call: HookCall = {
      ...{ event: String(data['hook_event_name']), headers: request.headers, data, aborted: false },
      answer: (content) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(content));
      },
    };
    response.on('close', () => (call.aborted = !response.writableFinished));
    this.calls.push(call);
    if (!HELD.includes(call.event)) call.answer({});
  }
}
