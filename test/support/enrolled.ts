import { Authenticator } from './authenticator';
import { RestClient, type Tokens } from './rest-client';

/** Somebody with a second factor, logged in with everything. */
export interface Enrolled {
  readonly app: Authenticator;
  readonly recoveryCodes: readonly string[];
  /** The login that was enrolled; good for everything. */
  readonly tokens: Tokens;
  readonly client: RestClient;
}

interface Credentials {
  readonly email: string;
  readonly password: string;
}

/**
 * Logs in – as an administrator of a production server must at first – and enrolls. The code of the step before is used up for it,
 * so that a login can follow at once with `app.code()`, and one more thing with `app.code(now, 1)`.
 */
export async function enroll(url: string, credentials: Credentials, now = Date.now): Promise<Enrolled> {
  const login = await ok(new RestClient(url).post<Tokens>('/api/auth/login', credentials));
  const limited = new RestClient(url, login.accessToken);
  const { secret } = await ok(limited.post<{ secret: string }>('/api/auth/totp/enroll'));
  const app = new Authenticator(secret);
  const { recoveryCodes, accessToken } = await ok(
    limited.post<{ recoveryCodes: string[]; accessToken: string }>('/api/auth/totp/confirm', {
      code: app.code(now(), -1),
    }),
  );
  return { app, recoveryCodes, tokens: { ...login, accessToken }, client: new RestClient(url, accessToken) };
}

async function ok<T>(answer: Promise<{ readonly status: number; readonly body: T }>): Promise<T> {
  const { status, body } = await answer;
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body;
}
