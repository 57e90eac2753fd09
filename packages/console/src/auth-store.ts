import { ApiError, ServerUnreachable, SignedOut } from './errors';
import { http } from './http';
import type { Login, LoginTokens, User } from './login-tokens';
import { Observable } from './observable';
import { SiblingTabs } from './sibling-tabs';
import { withTabLock } from './tab-lock';
import { TokenStorage } from './token-storage';

/** An access token is renewed when less than this, or a fifth of its life, is left. */
const MARGIN_MS = 90_000;
const RETRY_MS = 5_000;

export type AuthState =
  | { readonly name: 'signed-in'; readonly user: User }
  | { readonly name: 'enrolling'; readonly user: User }
  | { readonly name: 'signed-out'; readonly reason?: string };

export interface LoginForm {
  readonly email: string;
  readonly password: string;
  readonly totp?: string;
  readonly stay: boolean;
}

/** Who is signed in. The access token lives in memory only and is renewed before it expires, once for all tabs. */
export class AuthStore {
  readonly state = new Observable<AuthState>({ name: 'signed-out' });
  private readonly storage = new TokenStorage();
  private readonly siblings = new SiblingTabs({
    current: () => this.login,
    onRotated: (replaced, login) => {
      if (replaced === (this.login?.refreshToken ?? this.storage.read())) this.adopt(login);
    },
    onLogout: (userId) => {
      if (this.login?.user.id === userId) this.forget('You signed out in another tab.');
    },
  });
  private login: Login | undefined;
  private refreshing: Promise<Login> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private margin = MARGIN_MS;

  async signIn({ stay, ...form }: LoginForm): Promise<void> {
    const tokens = await http<LoginTokens>({ method: 'POST', path: '/api/auth/login', body: form });
    const user = tokens.user ?? (await http<User>({ method: 'GET', path: '/api/auth/me', token: tokens.accessToken }));
    this.storage.write(tokens.refreshToken, stay);
    this.adopt(toLogin(tokens, user));
  }

  /** Continues the login of an earlier page. Returns whether there is one; throws `ServerUnreachable`. */
  async restore(): Promise<boolean> {
    const stored = this.storage.read();
    if (!stored) return false;
    if (!this.storage.stays) await this.siblings.ask(stored);
    try {
      if (!this.login) await this.refresh();
      return true;
    } catch (error) {
      if (error instanceof SignedOut) return false;
      throw error;
    }
  }

  /** A token that is good for the next moments. */
  async accessToken(): Promise<string> {
    if (this.login && this.login.expiresAt - Date.now() > 5_000) return this.login.accessToken;
    return (await this.refresh()).accessToken;
  }

  /** Called when the server refused `rejected`: a newer token, if there is one to be had. */
  async tokenAfter(rejected: string): Promise<string> {
    if (this.login && this.login.accessToken !== rejected) return this.login.accessToken;
    return (await this.refresh()).accessToken;
  }

  /** After the enrolment, this login is good for everything. */
  async enrolled(): Promise<void> {
    await this.refresh();
  }

  async signOut(): Promise<void> {
    const login = this.login;
    this.forget();
    if (!login) return;
    this.siblings.announceLogout(login.user.id);
    const body = { refreshToken: login.refreshToken };
    await http({ method: 'POST', path: '/api/auth/logout', body, token: login.accessToken }).catch(() => undefined);
  }

  forget(reason?: string): void {
    clearTimeout(this.timer);
    this.login = undefined;
    this.storage.clear();
    this.state.set({ name: 'signed-out', reason });
  }

  private refresh(): Promise<Login> {
    const known = this.login?.accessToken;
    this.refreshing ??= withTabLock('holdfast.refresh', () => this.rotate(known)).finally(
      () => (this.refreshing = undefined),
    );
    return this.refreshing;
  }

  private async rotate(known: string | undefined): Promise<Login> {
    // Another tab may have done it while this one waited for the lock.
    if (this.login && this.login.accessToken !== known) return this.login;
    const refreshToken = this.storage.read();
    if (!refreshToken) throw this.signedOut();
    try {
      const tokens = await http<LoginTokens>({ method: 'POST', path: '/api/auth/refresh', body: { refreshToken } });
      const user = tokens.user ?? this.login?.user;
      const login = toLogin(
        tokens,
        user ?? (await http<User>({ method: 'GET', path: '/api/auth/me', token: tokens.accessToken })),
      );
      this.storage.write(login.refreshToken, this.storage.stays);
      this.adopt(login);
      this.siblings.announceRotation(refreshToken, login);
      return login;
    } catch (error) {
      if (error instanceof ApiError && error.status < 500 && error.status !== 429) throw this.signedOut();
      throw error instanceof ApiError ? new ServerUnreachable(error.message) : error;
    }
  }

  private signedOut(): SignedOut {
    const reason = this.login
      ? 'Your login has ended. Sign in to continue; your terminals are still running.'
      : undefined;
    this.forget(reason);
    return new SignedOut(reason);
  }

  private adopt(login: Login): void {
    const before = this.login;
    this.login = login;
    if (this.storage.read() !== login.refreshToken) this.storage.write(login.refreshToken, this.storage.stays);
    this.margin = Math.min(MARGIN_MS, (login.expiresAt - Date.now()) / 5);
    this.plan(login.expiresAt - Date.now() - this.margin);
    if (before?.user.id !== login.user.id || before.mustEnroll !== login.mustEnroll) {
      this.state.set({ name: login.mustEnroll ? 'enrolling' : 'signed-in', user: login.user });
    }
  }

  private plan(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => {
        this.refresh().catch((error: unknown) => {
          if (error instanceof ServerUnreachable) this.plan(RETRY_MS);
        });
      },
      Math.max(ms, 1_000),
    );
  }
}

function toLogin(tokens: LoginTokens, user: User): Login {
  const { accessToken, refreshToken } = tokens;
  const mustEnroll = tokens.totpEnrollment === 'required';
  return { accessToken, refreshToken, expiresAt: Date.now() + tokens.expiresIn * 1000, user, mustEnroll };
}
