import type { ClaudeAttention } from '@holdfast/protocol';
import type { AuthStore } from './auth-store';
import type { ClaudeAvailability } from './claude/availability';
import { ApiError, SignedOut } from './errors';
import { http, type HttpRequest } from './http';
import type { Gateway } from './session-label';

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
  readonly endReason: string | null;
  readonly endedAt: string | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly cols: number;
  readonly rows: number;
  readonly createdAt: string;
  readonly lastActivityAt: string | null;
  readonly attachments: number;
  readonly gateway: Gateway;
}

export interface TwoFactorStatus {
  readonly enrolled: boolean;
  readonly required: boolean;
  readonly recoveryCodesLeft: number;
}

export interface NewSecret {
  readonly secret: string;
  readonly uri: string;
}

export interface NewShare {
  readonly access: 'view' | 'request-write';
  readonly expiresInSeconds: number;
  readonly maxUses?: number;
  readonly label?: string;
}

/** A link into a session. */
export interface Share {
  readonly id: string;
  readonly access: NewShare['access'];
  readonly label: string | null;
  readonly maxUses: number | null;
  readonly uses: number;
  readonly expiresAt: string;
}

export interface SharedSession {
  readonly sessionId: string;
  readonly projectId: string;
  readonly name: string | null;
  readonly title: string;
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

  sessions(projectId: string, status?: 'running' | 'ended'): Promise<SessionInfo[]> {
    const filter = `projectId=${encodeURIComponent(projectId)}${status ? `&status=${status}` : ''}`;
    return this.all<SessionInfo>(`/api/sessions?${filter}&limit=${PAGE}`);
  }

  claude(): Promise<ClaudeAvailability> {
    return this.call({ method: 'GET', path: '/api/claude' });
  }

  /** The states of the user's Claude sessions, in all projects. */
  claudeSessions(): Promise<readonly ClaudeAttention[]> {
    return this.all<ClaudeAttention>('/api/claude/sessions');
  }

  /** Ends the process of an idle Claude session; its conversation is kept. */
  hibernate(id: string): Promise<unknown> {
    return this.call({ method: 'POST', path: `/api/sessions/${encodeURIComponent(id)}/claude/hibernate` });
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

  session(id: string): Promise<SessionInfo> {
    return this.call({ method: 'GET', path: `/api/sessions/${encodeURIComponent(id)}` });
  }

  async shares(id: string): Promise<readonly Share[]> {
    return (await this.call<Page<Share>>({ method: 'GET', path: sharesOf(id) })).items;
  }

  createShare(id: string, wish: NewShare): Promise<Share & { readonly url: string }> {
    return this.call({ method: 'POST', path: sharesOf(id), body: wish });
  }

  revokeShare(id: string, share: string): Promise<unknown> {
    return this.call({ method: 'DELETE', path: `${sharesOf(id)}/${share}` });
  }

  redeemShare(token: string): Promise<SharedSession> {
    return this.call({ method: 'POST', path: '/api/shares/redeem', body: { token } });
  }

  changePassword(currentPassword: string, newPassword: string): Promise<unknown> {
    return this.call({ method: 'POST', path: '/api/auth/password', body: { currentPassword, newPassword } });
  }

  twoFactor(): Promise<TwoFactorStatus> {
    return this.call({ method: 'GET', path: '/api/auth/totp' });
  }

  enrollSecondFactor(): Promise<NewSecret> {
    return this.call({ method: 'POST', path: '/api/auth/totp/enroll' });
  }

  /** Returns the recovery codes. */
  async confirmSecondFactor(code: string): Promise<readonly string[]> {
    return this.recoveryCodes('/api/auth/totp/confirm', { code });
  }

  async replaceRecoveryCodes(): Promise<readonly string[]> {
    return this.recoveryCodes('/api/auth/totp/recovery-codes');
  }

  removeSecondFactor(): Promise<unknown> {
    return this.call({ method: 'DELETE', path: '/api/auth/totp' });
  }

  /** For the next five minutes the server takes dangerous calls of this login. */
  stepUp(password: string, totp: string | undefined): Promise<unknown> {
    return this.call({ method: 'POST', path: '/api/auth/step-up', body: { password, totp } });
  }

  async ticket(gateway: Gateway): Promise<string> {
    const body = { gateway };
    return (await this.call<{ ticket: string }>({ method: 'POST', path: '/api/auth/ws-ticket', body })).ticket;
  }

  private async recoveryCodes(path: string, body?: unknown): Promise<readonly string[]> {
    return (await this.call<{ recoveryCodes: string[] }>({ method: 'POST', path, body })).recoveryCodes;
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
      if (!isAboutLogin(error)) throw error;
    }
    try {
      return await http<T>({ ...request, token: await this.auth.tokenAfter(token) });
    } catch (error) {
      if (isAboutLogin(error)) {
        this.auth.forget('Your login has ended. Sign in to continue; your terminals are still running.');
        throw new SignedOut();
      }
      throw error;
    }
  }
}

/** Others with this status are about a password or a code in the request. */
function isAboutLogin(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401 && error.code === 'unauthenticated';
}

function sharesOf(id: string): string {
  return `/api/sessions/${encodeURIComponent(id)}/shares`;
}
