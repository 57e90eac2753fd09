import type { TestServer } from './server';

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** The REST API as one logged-in user. */
export class Api {
  private constructor(
    private readonly server: TestServer,
    readonly token: string,
    readonly refreshToken: string,
  ) {}

  static async login(server: TestServer, { email, password } = server.admin): Promise<Api> {
    const response = await fetch(`${server.baseUrl}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    const body = (await response.json()) as { accessToken: string; refreshToken: string };
    if (!response.ok) throw new Error(`Login failed: ${JSON.stringify(body)}`);
    return new Api(server, body.accessToken, body.refreshToken);
  }

  async request<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const response = await this.fetch(method, path, body);
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : undefined) as T };
  }

  fetch(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.server.baseUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  }

  async ticket(gateway: 'terminal' | 'claude' = 'terminal'): Promise<string> {
    return (await this.request<{ ticket: string }>('POST', '/api/auth/ws-ticket', { gateway })).body.ticket;
  }
}
