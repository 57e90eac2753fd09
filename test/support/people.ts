import { createHmac } from 'node:crypto';
import { Api } from './api';
import type { TestServer } from './server';

/** Somebody with an account, logged in. */
export interface TestPerson {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly api: Api;
}

/** Makes the account and logs in. */
export async function person(server: TestServer, admin: Api, name: string, role = 'member'): Promise<TestPerson> {
  const credentials = { email: `${name}@test.local`, password: `the password of ${name}` };
  const made = await admin.request<{ id: string }>('POST', '/api/admin/users', { ...credentials, role });
  if (made.status !== 201) throw new Error(`${name}: ${JSON.stringify(made.body)}`);
  return { ...credentials, id: made.body.id, api: await Api.login(server, credentials) };
}

type Claims = Record<string, unknown>;

/** The same access token with other claims, signed by whoever knows the secret. */
export function resigned(token: string, secret: string, change: (claims: Claims) => Claims): string {
  const [header = '', payload = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
  const body = `${header}.${Buffer.from(JSON.stringify(change(claims))).toString('base64url')}`;
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}
