const POLL_MS = 100;
/** A process that ignores SIGHUP is killed a few seconds later, and its end is recorded a moment after that. */
const REMOVAL_PATIENCE_MS = 60_000;

/** Either a token, or what one is got with. */
export interface Credentials {
  readonly token?: string;
  readonly email?: string;
  readonly password?: string;
}

/** The REST API of a server, as one user. */
export class RestApi {
  private constructor(
    readonly url: string,
    readonly token: string,
  ) {}

  static async login(url: string, { token, email, password }: Credentials): Promise<RestApi> {
    if (token !== undefined) return new RestApi(url, token);
    if (email === undefined || password === undefined) {
      throw new Error('Say who you are: --token, or --email and --password.');
    }
    const response = await fetch(`${url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    }).catch(() => {
      throw new Error(`Nothing answers at ${url}.`);
    });
    const body = (await response.json()) as { accessToken?: string; message?: string };
    if (body.accessToken === undefined) throw new Error(`The login was refused: ${body.message ?? response.status}`);
    return new RestApi(url, body.accessToken);
  }

  request(method: string, path: string): Promise<Response> {
    return fetch(this.url + path, { method, headers: { authorization: `Bearer ${this.token}` } });
  }

  async json<T>(path: string): Promise<T> {
    const response = await this.request('GET', path);
    if (!response.ok) throw new Error(`GET ${path} was answered with ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Ends the process, then removes record and transcript; resolves when they are gone. */
  async removeSession(id: string): Promise<void> {
    const path = `/api/sessions/${encodeURIComponent(id)}`;
    await this.delete(path);
    for (const deadline = performance.now() + REMOVAL_PATIENCE_MS; ;) {
      const response = await this.request('GET', path);
      if (response.status === 404) return;
      if (performance.now() > deadline) throw new Error(`${id} is still there after ${REMOVAL_PATIENCE_MS / 1000} s.`);
      // The host knows of the end before the record does, and the record decides what a DELETE does.
      if (response.ok && ((await response.json()) as { status: string }).status === 'ended') await this.delete(path);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  private async delete(path: string): Promise<void> {
    const response = await this.request('DELETE', path);
    if (!response.ok && response.status !== 404) {
      throw new Error(`DELETE ${path} was answered with ${response.status}: ${await response.text()}`);
    }
  }
}
