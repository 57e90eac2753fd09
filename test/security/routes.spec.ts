import fs from 'node:fs';
import path from 'node:path';
import { Api } from '../support/api';
import { ROOT } from '../support/root';
import { expressRoutes } from '../support/routes/express-routes';
import { problems } from '../support/routes/json-schema';
import {
  bodyOf,
  fetchDocument,
  fill,
  type NamedOperation,
  type OpenApiDocument,
  operationsOf,
} from '../support/routes/open-api-document';
import { bearer, rawRequest } from '../support/routes/raw-request';
import { renderRouteTable } from '../support/routes/render-route-table';
import { type Role, ROLES, ROUTE_TABLE, type RouteRow } from '../support/routes/route-table';
import { World } from '../support/routes/world';
import { TestServer } from '../support/server';
import { PRODUCTION } from '../support/routes/production';

/** The pages about the API, beside it. */
const PAGES = /^GET \/docs/;
/** A name that a client might try to set on itself, or on what it makes. */
const PRIVILEGES = { role: 'admin', userId: 'x', ownerId: 'x', isAdmin: true, twoFactorEnabled: true, __proto__: 1 };

/** Two servers boot, on a machine that may be busy with others. */
const START_TIMEOUT_MS = 180_000;

describe('Every route', () => {
  let world: World;
  let document: OpenApiDocument;
  let operations: NamedOperation[];
  const callers = new Map<Role, Api>();
  let production: TestServer;

  beforeAll(async () => {
    [world, production] = await Promise.all([World.start(), TestServer.start(PRODUCTION)]);
    document = await fetchDocument(world.server);
    operations = operationsOf(document);
    for (const role of ['member', 'stranger', 'viewer'] as const) callers.set(role, await world.login(role));
    callers.set('unenrolled', await Api.login(production));
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    await Promise.all([world?.stop(), production?.stop()]);
  });

  const operationOf = ({ route }: RouteRow): NamedOperation => {
    const found = operations.find((candidate) => candidate.route === route);
    if (!found) throw new Error(`${route} is not in the document`);
    return found;
  };

  async function loginFor(role: Role): Promise<Api | undefined> {
    if (role === 'anonymous') return undefined;
    return role === 'unenrolled' ? Api.login(production) : world.login(role);
  }

  const callerOf = (role: Role): Api | Promise<Api> | undefined =>
    role === 'admin' ? world.confirmedAdmin() : callers.get(role);

  /** As this role; a login that the call itself may end is made for it. */
  async function send(row: RouteRow, role: Role): Promise<Response> {
    const { method, path } = operationOf(row);
    const { params, query, body } = await row.call(world, role);
    const url = `${fill(path, params)}${query === undefined ? '' : `?${query}`}`;
    const caller = row.route === 'POST /api/auth/logout' ? await loginFor(role) : await callerOf(role);
    if (caller) return caller.fetch(method, url, body);
    return fetch(`${world.server.baseUrl}${url}`, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  }

  it('Z-01: is in the table, in the OpenAPI document and in the router, or in none of them', async () => {
    const table = ROUTE_TABLE.map(({ route }) => route).sort();
    expect(operations.map(({ route }) => route).sort()).toEqual(table);
    expect([...new Set(await expressRoutes())].filter((route) => !PAGES.test(route)).sort()).toEqual(table);
    expect(new Set(table).size).toBe(table.length);
  });

  it('Z-01: is in docs/api.md as it is in the table', () => {
    const written = fs.readFileSync(path.join(ROOT, 'docs/api.md'), 'utf8');
    expect(written).toBe(renderRouteTable());
  });

  it('Z-01: documents its parameters, its answers and its errors', () => {
    for (const { route, operation } of operations) {
      const success = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
      const documented = success.some(([status, { content }]) => content !== undefined || status === '204');
      expect({ route, documented }).toEqual({ route, documented: true });
      if (!operation['x-public'])
        expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['401', '403']));
      if (/^(POST|PUT|PATCH) \/api/.test(route) && ROUTE_TABLE.some((row) => row.route === route)) {
        const names = (operation.parameters ?? [])
          .filter((parameter) => parameter.in === 'path')
          .map(({ name }) => name);
        expect(names).toEqual([...route.matchAll(/:(\w+)/g)].map(([, name]) => name));
      }
    }
  });

  it.each(ROUTE_TABLE.map((row) => [row.route, row] as const))(
    'Z-01: %s answers each role as the table says',
    async (_, row) => {
      const got: Partial<Record<Role, number>> = {};
      for (const role of ROLES) {
        const response = await send(row, role);
        got[role] = response.status;
        const { operation } = operationOf(row);
        const documented = operation.responses[response.status];
        expect({ role, status: response.status, documented: documented !== undefined }).toMatchObject({
          documented: true,
        });
        const schema = documented?.content?.['application/json']?.schema;
        if (schema)
          expect({ role, problems: problems(await response.json(), schema, document) }).toEqual({ role, problems: [] });
        else await response.arrayBuffer();
      }
      expect(got).toEqual(row.answers);
    },
  );

  it('Z-05: takes no field that it does not know, so that nobody gives themselves a role or an owner', async () => {
    const admin = await world.confirmedAdmin();
    for (const row of ROUTE_TABLE) {
      const { method, path: template, operation } = operationOf(row);
      const schema = bodyOf(operation);
      if (!schema) continue;
      const { params, query = '', body = {} } = await row.call(world, 'admin');
      for (const [name, value] of Object.entries(PRIVILEGES)) {
        if (schema.properties?.[name]) continue;
        const response = await admin.fetch(method, `${fill(template, params)}?${query}`, {
          ...(body as object),
          [name]: value,
        });
        expect({ route: row.route, name, status: response.status }).toEqual({ route: row.route, name, status: 400 });
      }
    }
    const { body } = await admin.request<{ role: string }>('GET', `/api/admin/users/${world.ids.member}`);
    expect(body.role).not.toBe('admin');
  });

  describe('Z-10: decides the same for every spelling of its path', () => {
    const SPELLINGS: readonly [string, (path: string) => string][] = [
      ['//', (route) => `/${route}`],
      ['// inside', (route) => route.replace('/api/', '/api//')],
      ['/./', (route) => route.replace('/api/', '/api/./')],
      ['/../', (route) => route.replace('/api/', '/api/x/../')],
      ['%61', (route) => route.replace('/admin', '/%61dmin')],
      ['%2f', (route) => route.replace('/admin/', '/admin%2f')],
      [';a=b', (route) => `${route};a=b`],
      [';a=b inside', (route) => route.replace('/admin', '/admin;a=b')],
      ['a trailing slash', (route) => `${route}/`],
      ['upper case', (route) => route.replace('/api/admin', '/API/Admin')],
      ['a suffix', (route) => `${route}.json`],
      ['%00', (route) => `${route}%00`],
      ['backslashes', (route) => route.replaceAll('/', '\\')],
    ];

    let calls: { readonly method: string; readonly path: string; readonly body: unknown }[];

    beforeAll(async () => {
      calls = [];
      for (const row of ROUTE_TABLE.filter(({ route }) => route.includes(' /api/admin/'))) {
        const { method, path: template } = operationOf(row);
        // Refused each time, so that what it is about is still there the next time.
        const { params, body } = await row.call(world, 'member');
        calls.push({ method, path: fill(template, params), body });
      }
    });

    it.each(SPELLINGS)('with %s', async (_, spell) => {
      for (const { method, path: good, body } of calls) {
        const url = spell(good);
        for (const [role, allowed] of [
          ['anonymous', [400, 401, 404]],
          ['member', [400, 403, 404]],
        ] as const) {
          const { status } = await rawRequest(world.server, {
            method,
            path: url,
            headers: {
              ...bearer(callers.get(role)?.token),
              ...(body !== undefined && { 'content-type': 'application/json' }),
            },
            body: body === undefined ? undefined : JSON.stringify(body),
          });
          expect({ url, role, isRefused: (allowed as readonly number[]).includes(status) }).toEqual({
            url,
            role,
            isRefused: true,
          });
        }
      }
    });

    it('with HEAD, OPTIONS, and a method in a header', async () => {
      const member = callers.get('member') as Api;
      for (const { method, path: url } of calls) {
        if (method === 'GET') expect((await member.fetch('HEAD', url)).status).toBe(403);
        expect((await member.fetch('OPTIONS', url)).status).toBe(405);
        const disguised = await fetch(`${world.server.baseUrl}${url}`, {
          method: 'GET',
          headers: {
            authorization: `Bearer ${member.token}`,
            'x-http-method-override': method,
            'x-http-method': method,
            'x-method-override': method,
          },
        });
        expect([403, 404]).toContain(disguised.status);
      }
    });
  });
});
