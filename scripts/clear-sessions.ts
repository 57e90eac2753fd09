/** Removes sessions through the REST API of a running server, after asking. `npm run clear-sessions -- --help` */
import readline from 'node:readline/promises';
import { parseArgs } from 'node:util';

const USAGE = `usage: npm run clear-sessions -- --url URL (--token TOKEN | --email EMAIL --password PASSWORD)
  --all           running sessions too: their processes are ended
  --project ID    only of this project
  --older-than N  only without activity for N hours
  --yes           do not ask
Exit codes: 0 done or nothing to do, 1 something failed, 2 not confirmed.`;
const NOT_CONFIRMED = 2;
const PAGE = 100;

interface Session {
  readonly id: string;
  readonly projectId: string;
  readonly name: string | null;
  readonly title: string;
  readonly status: string;
  readonly lastActivityAt: string;
}

type Api = (method: string, path: string, body?: unknown) => Promise<Response>;

async function main(): Promise<number> {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    options: {
      url: { ...text, default: 'http://127.0.0.1:4110' },
      token: text,
      email: text,
      password: text,
      project: text,
      'older-than': text,
      all: flag,
      yes: flag,
      help: flag,
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const hours = Number(values['older-than'] ?? 0);
  if (!(hours >= 0)) throw new Error('--older-than is a number of hours.');
  const api = await login(values.url, values);
  const before = Date.now() - hours * 3_600_000;
  const sessions = (await list(api, values.project)).filter(
    ({ status, lastActivityAt }) => (values.all || status === 'ended') && Date.parse(lastActivityAt) <= before,
  );
  if (sessions.length === 0) {
    console.log('There is nothing to remove.');
    return 0;
  }
  for (const { id, projectId, status, name, title } of sessions)
    console.log(`${id}  ${projectId}  ${status}  ${name ?? title}`);
  if (!values.yes && !(await confirmed(sessions.length))) {
    console.error('Nothing was removed.');
    return NOT_CONFIRMED;
  }
  const failed = await remove(api, sessions);
  console.log(`${sessions.length - failed} removed, ${failed} failed.`);
  return failed === 0 ? 0 : 1;
}

async function login(url: string, who: { token?: string; email?: string; password?: string }): Promise<Api> {
  const send =
    (token?: string): Api =>
    (method, path, body) =>
      fetch(url.replace(/\/+$/, '') + path, {
        method,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
  if (who.token !== undefined) return send(who.token);
  const response = await send()('POST', '/api/auth/login', { email: who.email, password: who.password });
  const { accessToken, message } = (await response.json()) as { accessToken?: string; message?: string };
  if (accessToken === undefined) throw new Error(`The login was refused: ${message ?? response.status}`);
  return send(accessToken);
}

async function list(api: Api, projectId: string | undefined): Promise<Session[]> {
  const sessions: Session[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = new URLSearchParams({ limit: String(PAGE) });
    if (cursor !== '') query.set('cursor', cursor);
    if (projectId !== undefined) query.set('projectId', projectId);
    const response = await api('GET', `/api/sessions?${query.toString()}`);
    if (!response.ok) throw new Error(`The list of sessions was refused: ${await response.text()}`);
    const page = (await response.json()) as { items: Session[]; nextCursor: string | null };
    sessions.push(...page.items);
    cursor = page.nextCursor;
  }
  return sessions;
}

async function confirmed(count: number): Promise<boolean> {
  if (!process.stdin.isTTY) {
    console.error('This is no terminal to ask on: say --yes.');
    return false;
  }
  const dialog = readline.createInterface({ input: process.stdin, output: process.stdout });
  const answer = await dialog.question(`Remove these ${count} sessions with their transcripts? Type yes: `);
  dialog.close();
  return answer.trim() === 'yes';
}

/** A running one is ended; the next run, or retention, removes its record. */
async function remove(api: Api, sessions: readonly Session[]): Promise<number> {
  let failed = 0;
  for (const { id } of sessions) {
    const response = await api('DELETE', `/api/sessions/${encodeURIComponent(id)}`);
    if (response.ok || response.status === 404) continue;
    failed += 1;
    console.error(`${id}: ${await response.text()}`);
  }
  return failed;
}

void main()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  })
  .then((code) => (process.exitCode = code));
