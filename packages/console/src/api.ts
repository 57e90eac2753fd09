import type { AuthStore } from './auth-store';
import { ApiError, SignedOut } from './errors';
import { http, type HttpRequest } from './http';

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly role: string;
}

export interface SessionInfo {
  readonly id: string;
  readonly projectId: string;
  readonly name: string | null;
  readonly title: string | null;
  readonly status: 'starting' | 'running' | 'ended';
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly cols: number;
  readonly rows: number;
  readonly createdAt: string;
  readonly lastActivityAt: string | null;
  readonly attachments: number;
  readonly gateway: string;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** The most that the server gives at once. */
const PAGE = 200;
/** Pages of a list that the console reads; nobody scrolls through more. */
const MAX_PAGES = 5;

/** The REST calls of the console, each with the present access token. */
export class Api {
  constructor(private readonly auth: AuthStore) {}

  projects(): Promise<Project[]> {
    return this.all<Project>('/api/projects');
  }

  createProject(name: string): Promise<Project> {
    return this.call({ method: 'POST', path: '/api/projects', body: { name } });
  }

  async sessions(projectId: string, status?: 'running' | 'ended'): Promise<SessionInfo[]> {
    const filter = `projectId=${encodeURIComponent(projectId)}${status ? `&status=${status}` : ''}`;
    const sessions = await this.all<SessionInfo>(`/api/sessions?${filter}&limit=${PAGE}`);
    // The others are opened by other gateways, on other sockets.
    return sessions.filter(({ gateway }) => gateway === 'terminal');
  }

  renameSession(id: string, name: string): Promise<unknown> {
    return this.call({ method: 'PATCH', path: `/api/sessions/${encodeURIComponent(id)}`, body: { name } });
  }

  /** Ends the process of a running session; deletes an ended one with its transcript. */
  deleteSession(id: string): Promise<unknown> {
    return this.call({ method: 'DELETE', path: `/api/sessions/${encodeURIComponent(id)}` });
  }

  resizeSession(id: string, size: { readonly cols: number; readonly rows: number }): Promise<unknown> {
    return this.call({ method: 'PUT', path: `/api/sessions/${encodeURIComponent(id)}/size`, body: size });
  }

  changePassword(currentPassword: string, newPassword: string): Promise<unknown> {
    return this.call({ method: 'POST', path: '/api/auth/password', body: { currentPassword, newPassword } });
  }

  async terminalTicket(): Promise<string> {
    const body = { gateway: 'terminal' };
    return (await this.call<{ ticket: string }>({ method: 'POST', path: '/api/auth/ws-ticket', body })).ticket;
  }

  private async all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < MAX_PAGES; page++) {
      const query: string = cursor ? `${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}` : '';
      const answer: Page<T> = await this.call({ method: 'GET', path: path + query });
      items.push(...answer.items);
      cursor = answer.nextCursor;
      if (!cursor) break;
    }
    return items;
  }

  private async call<T>(request: HttpRequest): Promise<T> {
    const token = await this.auth.accessToken();
    try {
      return await http<T>({ ...request, token });
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
    }
    try {
      return await http<T>({ ...request, token: await this.auth.tokenAfter(token) });
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        this.auth.forget('Your login has ended. Sign in to continue; your terminals are still running.');
        throw new SignedOut();
      }
      throw error;
    }
  }
}
