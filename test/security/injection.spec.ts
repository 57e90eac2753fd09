import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { ROOT } from '../support/root';
import {
  bodyOf,
  fetchDocument,
  fill,
  type JsonSchema,
  type NamedOperation,
  operationsOf,
} from '../support/routes/open-api-document';
import { ROUTE_TABLE, type RouteCall } from '../support/routes/route-table';
import { World } from '../support/routes/world';

/** What sqlmap begins with, for each place in a statement; with a comment, a second statement, a union and a wait. */
const SQL = [
  `'`,
  `"`,
  `' OR '1'='1`,
  `' OR 1=1 --`,
  `') OR ('1'='1' --`,
  `1; SELECT pg_sleep(20)--`,
  `'; DROP TABLE users; --`,
  `' || (SELECT pg_sleep(20)) || '`,
  `' UNION SELECT password_hash FROM users --`,
  `1 AND (SELECT 1 FROM pg_sleep(20)) IS NOT NULL`,
  `%`,
  `\\`,
  `id"; --`,
  `(CASE WHEN 1=1 THEN id ELSE 1/0 END)`,
  `\u0000`,
  `\ud800`,
  `../../etc/passwd`,
];
/** A name in a path is compared with one column, or is not even looked for. */
const SHORT_SQL = SQL.filter((_, index) => index % 3 === 0 || SQL[index] === '\u0000' || SQL[index] === '\ud800');

const OBJECTS: readonly unknown[] = [{ $ne: 1 }, { _type: 'raw', value: '1=1' }, ['a'], true, 17, {}];

/** Time for honest work; a statement that waited 20 s is far behind it. */
const WAITED_MS = 15_000;
/** What an answer must never say: a sentence of the driver, a name inside the database, a stack, a file. */
const LEAKS =
  /syntax error|QueryFailedError|invalid input syntax|violates \S+ \S*constraint|(relation|column) "|pg_catalog|node_modules|\.[jt]s:\d+/;
/** They end the login that asks, or hash a password each time; each has the corpus once, at the end. */
const OF_THE_LOGIN = new Set(['POST /api/auth/logout', 'POST /api/auth/refresh']);

/** Thousands of requests, on a machine that may be busy with others. */
const TIMEOUT_MS = 300_000;

interface Field {
  readonly name: string;
  readonly isString: boolean;
}

describe('Whatever is put into a string', () => {
  let world: World;
  let operations: NamedOperation[];

  beforeAll(async () => {
    world = await World.start();
    operations = operationsOf(await fetchDocument(world.server)).filter(({ route }) => !OF_THE_LOGIN.has(route));
  }, TIMEOUT_MS);

  afterAll(() => world?.stop());

  /** A call that succeeds, to be spoiled in one place. */
  async function goodCall({ route }: NamedOperation): Promise<RouteCall> {
    return (await ROUTE_TABLE.find((row) => row.route === route)?.call(world, 'admin')) ?? {};
  }

  /** `value` may come back in an answer: whoever sent it knows it. */
  async function expectHarmless(operation: NamedOperation, url: string, body: unknown): Promise<number> {
    const what = `${operation.route} ${url} ${JSON.stringify(body)}`;
    const since = performance.now();
    const ask = async (): Promise<Response> => (await world.confirmedAdmin()).fetch(operation.method, url, body);
    const { status, text } = await answerTo(ask, what);
    const waited = performance.now() - since > WAITED_MS;
    const verdict = { isServerError: status >= 500, leaks: LEAKS.exec(text)?.[0], waited };
    expect({ what, ...verdict }).toEqual({ what, isServerError: false, leaks: undefined, waited: false });
    return status;
  }

  const queryFields = ({ operation }: NamedOperation): string[] =>
    (operation.parameters ?? []).filter((parameter) => parameter.in === 'query').map(({ name }) => name);

  const pathFields = ({ operation }: NamedOperation): string[] =>
    (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map(({ name }) => name);

  const bodyFields = ({ operation }: NamedOperation): Field[] =>
    Object.entries(bodyOf(operation)?.properties ?? {}).map(([name, schema]) => ({
      name,
      isString: takesText(schema),
    }));

  it(
    'J-01: is data in every query parameter, filter, cursor and limit',
    async () => {
      for (const operation of operations.filter((candidate) => queryFields(candidate).length > 0)) {
        const { params, body } = await goodCall(operation);
        for (const name of queryFields(operation)) {
          for (const value of SQL) {
            const url = `${fill(operation.path, params)}?${name}=${encode(value)}`;
            await expectHarmless(operation, url, body);
          }
        }
      }
    },
    TIMEOUT_MS,
  );

  it(
    'J-01: is data in every name in a path',
    async () => {
      for (const operation of operations) {
        const { params, body } = await goodCall(operation);
        for (const name of pathFields(operation)) {
          for (const value of SHORT_SQL) {
            const url = fill(operation.path, { ...params, [name]: PLACE }).replace(PLACE, encode(value));
            await expectHarmless(operation, url, body);
          }
        }
      }
    },
    TIMEOUT_MS,
  );

  it(
    'J-01: is data in every field of a body',
    async () => {
      for (const operation of operations.filter((candidate) => bodyFields(candidate).length > 0)) {
        const { params, body } = await goodCall(operation);
        for (const { name } of bodyFields(operation).filter(({ isString }) => isString)) {
          for (const value of SQL) {
            const spoilt = { ...(body as object), [name]: value };
            await expectHarmless(operation, fill(operation.path, params), spoilt);
          }
        }
      }
      // Nobody was dropped, renamed or let in.
      const admin = await world.confirmedAdmin();
      const users = await admin.request<{ items: { email: string }[] }>('GET', '/api/admin/users?q=member@test.local');
      expect(users.body.items).toHaveLength(1);
    },
    TIMEOUT_MS,
  );

  it(
    'J-02: is refused when it is an object, a list or a number instead of a string',
    async () => {
      for (const operation of operations.filter((candidate) => bodyFields(candidate).length > 0)) {
        const { params, body } = await goodCall(operation);
        for (const { name } of bodyFields(operation).filter(({ isString }) => isString)) {
          for (const value of OBJECTS) {
            const spoilt = { ...(body as object), [name]: value };
            const what = `${operation.route} ${name}=${JSON.stringify(value)}`;
            const status = await expectHarmless(operation, fill(operation.path, params), spoilt);
            expect({ what, status }).toEqual({ what, status: 400 });
          }
        }
      }
    },
    TIMEOUT_MS,
  );

  it(
    'J-02: is refused when a query parameter is an object, a list, or there twice',
    async () => {
      for (const operation of operations.filter((candidate) => queryFields(candidate).length > 0)) {
        const { params, query = '', body } = await goodCall(operation);
        for (const name of queryFields(operation)) {
          for (const spelling of [`${name}[$ne]=1`, `${name}[]=1`, `${name}=1&${name}=2`, `${name}[where]=1`]) {
            const what = `${operation.route} ${spelling}`;
            const status = await expectHarmless(
              operation,
              `${fill(operation.path, params)}?${query}&${spelling}`,
              body,
            );
            expect({ what, status }).toEqual({ what, status: 400 });
          }
        }
      }
    },
    TIMEOUT_MS,
  );

  it('J-08, J-10, J-15: is never a host, a port, a URL or a place to go: no route takes one', () => {
    const FORBIDDEN = /^(url|uri|href|host|hostname|port|next|redirect|return_?to|callback|webhook|proxy|origin)/i;
    for (const operation of operations) {
      const names = [
        ...queryFields(operation),
        ...pathFields(operation),
        ...bodyFields(operation).map(({ name }) => name),
      ];
      expect({ route: operation.route, forbidden: names.filter((name) => FORBIDDEN.test(name)) }).toEqual({
        route: operation.route,
        forbidden: [],
      });
    }
  });

  it('J-10: leads nobody to another site', async () => {
    const { baseUrl } = world.server;
    for (const path of [
      '/?next=//evil.example',
      '//evil.example',
      '/%2f%2fevil.example',
      '/\\evil.example',
      '/docs?next=https://evil.example',
    ]) {
      const response = await fetch(`${baseUrl}${path}`, { redirect: 'manual' });
      const location = response.headers.get('location') ?? '/';
      expect({ path, stays: new URL(location, baseUrl).origin === baseUrl && !/^[/\\]{2}/.test(location) }).toEqual({
        path,
        stays: true,
      });
    }
  });

  it(
    'R-14: costs no more than harmless text of its length, whatever a regular expression makes of it',
    async () => {
      for (const operation of operations) {
        const names = [
          ...queryFields(operation).map((name) => ({ name, where: 'query' as const })),
          ...bodyFields(operation)
            .filter(({ isString }) => isString)
            .map(({ name }) => ({ name, where: 'body' as const })),
        ];
        for (const { name, where } of names) await expectLinear(operation, name, where);
      }
    },
    TIMEOUT_MS,
  );

  /** The best of some attempts each: what another process does in between makes one slow, not all. */
  async function expectLinear(operation: NamedOperation, name: string, where: 'query' | 'body'): Promise<void> {
    const length = where === 'query' ? 4_000 : 30_000;
    const { params, body } = await goodCall(operation);
    const admin = await world.confirmedAdmin();
    const time = async (text: string): Promise<number> => {
      const path = fill(operation.path, params);
      const url = where === 'query' ? `${path}?${name}=${encode(text)}` : path;
      const since = performance.now();
      const spoilt = where === 'body' ? { ...(body as object), [name]: text } : body;
      await answerTo(() => admin.fetch(operation.method, url, spoilt), `${operation.route} ${name}`);
      return performance.now() - since;
    };
    let harmless = await time('x'.repeat(length));
    for (const evil of EVIL) {
      const text = evil(length);
      let best = Infinity;
      for (let attempt = 0; attempt < MAX_ATTEMPTS && best > harmless * SLOWER + SLACK_MS; attempt++) {
        best = Math.min(best, await time(text));
        if (best > harmless * SLOWER + SLACK_MS) harmless = Math.max(harmless, await time('x'.repeat(length)));
      }
      const what = `${operation.route} ${name}=${text.slice(0, 12)}…`;
      expect({ what, isLinear: best <= harmless * SLOWER + SLACK_MS }).toEqual({ what, isLinear: true });
    }
  }
});

describe('Commands', () => {
  const SNIPPETS = [
    `import { exec } from 'node:child_process'; exec('ls');`,
    `import { execSync as run } from 'child_process'; run('ls');`,
    `import child_process from 'node:child_process'; child_process.exec('ls');`,
    `const cp = require('node:child_process'); cp.execSync('ls');`,
    `require('node:child_process').exec('ls');`,
    `import { spawn } from 'node:child_process'; spawn('ls', { shell: true });`,
    `import { spawn } from 'node:child_process'; spawn('ls', [], { 'shell': '/bin/sh' });`,
  ];
  const HARMLESS = `import { spawn } from 'node:child_process'; spawn('ls', ['-l'], { shell: false }); /a/.exec('a');`;

  it('J-11: are never one string for a shell, or the linter fails', () => {
    const program = `
      import { Linter } from 'eslint';
      import { noShellStrings } from './eslint.no-shell-strings.mjs';
      const linter = new Linter();
      const problems = (code) => linter.verify(code, [{ rules: noShellStrings }]).length;
      console.log(JSON.stringify(${JSON.stringify([...SNIPPETS, HARMLESS])}.map(problems)));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const problems = JSON.parse(output) as number[];
    expect(problems.slice(0, -1).every((count) => count > 0)).toBe(true);
    expect(problems.at(-1)).toBe(0);
    const used = execFileSync('grep', ['-c', '{ rules: noShellStrings }', path.join(ROOT, 'eslint.config.mjs')], {
      encoding: 'utf8',
    });
    expect(used.trim()).toBe('1');
  });
});

const PLACE = 'PLACE';
const MAX_ATTEMPTS = 6;
const SLOWER = 5;
const SLACK_MS = 50;

/** Beginnings that many ways lead through, and an end that fits none. */
const EVIL: readonly ((length: number) => string)[] = [
  (length) => `${'a'.repeat(length - 1)}!`,
  (length) => `${' '.repeat(length - 1)}!`,
  (length) => `${'a@'.repeat(length / 2 - 1)}\t`,
  (length) => `@${'.'.repeat(length - 2)}\n`,
  (length) => `${'-_'.repeat(length / 2 - 1)}!`,
  (length) => `${'\n'.repeat(length - 1)}\u200b`,
];

/** The server ends a connection after a thousand requests, perhaps in the moment in which the next one is sent. */
async function answerTo(ask: () => Promise<Response>, what: string): Promise<{ status: number; text: string }> {
  const whole = async (): Promise<{ status: number; text: string }> => {
    const response = await ask();
    return { status: response.status, text: await response.text() };
  };
  return whole()
    .catch(whole)
    .catch((error: unknown) => {
      throw new Error(`${what} is not answered`, { cause: error });
    });
}

/** Also what is no whole character, which `encodeURIComponent` refuses. */
function encode(text: string): string {
  return text === '\ud800' ? '%ED%A0%80' : encodeURIComponent(text);
}

function takesText({ type, format, enum: values, anyOf }: JsonSchema & { format?: string }): boolean {
  if (anyOf) return anyOf.some(takesText);
  return type === 'string' && values === undefined && format !== 'binary';
}
