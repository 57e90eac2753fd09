import type { ClientStart } from './messages';

/** An access token, as an application keeps one: got again only after the server did not want the last one. */
export class Login {
  private token: Promise<string> | undefined;

  constructor(private readonly where: Pick<ClientStart, 'baseUrl' | 'email' | 'password'>) {}

  get(): Promise<string> {
    this.token ??= this.logIn().catch((error: unknown) => {
      this.token = undefined;
      throw error;
    });
    return this.token;
  }

  forget(): void {
    this.token = undefined;
  }

  private async logIn(): Promise<string> {
    const { baseUrl, email, password } = this.where;
    const response = await fetch(`${baseUrl}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    });
    if (!response.ok) throw new Error(`the login was answered with ${response.status}: ${await response.text()}`);
    return ((await response.json()) as { accessToken: string }).accessToken;
  }
}
