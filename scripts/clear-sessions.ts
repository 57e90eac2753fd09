/** Removes sessions through the REST API of a running server, after asking. `npm run clear-sessions -- --help` */
import readline from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { visible } from '../src/kernel/visible-text';
import { addressOf } from './tools/address';
import { RestApi } from './tools/rest-api';

const USAGE = `usage: npm run clear-sessions -- (--token TOKEN | --email EMAIL --password PASSWORD)
  --url URL       the server's address; otherwise that of the server in --data-dir
  --data-dir DIR  where its endpoints.json is (default DATA_DIR)
  --all           running sessions too: their processes are ended first
  --project ID    only of this project
  --older-than N  only without activity for N hours
  --yes           do not ask
Exit codes: 0 done or nothing to do, 1 something failed, 2 not confirmed.`;
const NOT_CONFIRMED = 2;
const PAGE = 100;
/** Each waits for the end of a process; more would only wait for each other in the server. */
const REMOVED_AT_ONCE = 8;

interface Session {
  readonly id: string;
  readonly projectId: string;
  readonly name: string | null;
  readonly title: string;
  readonly status: string;
  readonly lastActivityAt: string;
}

async function main(): Promise<number> {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    options: {
      ...{ url: text, 'data-dir': text, token: text, email: text, password: text },
      ...{ project: text, 'older-than': text },
      ...{ all: flag, yes: flag, help: flag },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const idleBefore = latestActivity(values['older-than']);
  const { url } = addressOf({ url: values.url, dataDir: values['data-dir'] });
  const api = await RestApi.login(url, values);
  const sessions = (await list(api, values.project)).filter(
    ({ status, lastActivityAt }) =>
      (values.all || status === 'ended') && (idleBefore === undefined || Date.parse(lastActivityAt) <= idleBefore),
  );
  if (sessions.length === 0) {
    console.log('There is nothing to remove.');
    return 0;
  }
  for (const { id, projectId, status, name, title } of sessions)
    // What a program calls itself must not speak to the terminal that lists it.
    console.log(visible(`${id}  ${projectId}  ${status}  ${name ?? title}`.trimEnd()));
  if (!values.yes && !(await confirmed(sessions))) {
    console.error('Nothing was removed.');
    return NOT_CONFIRMED;
  }
  const failed = await remove(api, sessions);
  console.log(`${sessions.length - failed} removed, ${failed} failed.`);
  return failed === 0 ? 0 : 1;
}

/** Without `--older-than`, activity does not matter: a session that prints right now is one of `--all`. */
function latestActivity(hours: string | undefined): number | undefined {
  if (hours === undefined) return undefined;
  if (hours.trim() === '' || !(Number(hours) >= 0)) throw new Error('--older-than is a number of hours.');
  return Date.now() - Number(hours) * 3_600_000;
}

async function list(api: RestApi, projectId: string | undefined): Promise<Session[]> {
  const sessions: Session[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = new URLSearchParams({ limit: String(PAGE) });
    if (cursor !== '') query.set('cursor', cursor);
    if (projectId !== undefined) query.set('projectId', projectId);
    const page = await api.json<{ items: Session[]; nextCursor: string | null }>(`/api/sessions?${query.toString()}`);
    sessions.push(...page.items);
    cursor = page.nextCursor;
  }
  return sessions;
}

async function confirmed(sessions: readonly Session[]): Promise<boolean> {
  if (!process.stdin.isTTY) {
    console.error('This is no terminal to ask on: say --yes.');
    return false;
  }
  const running = sessions.filter(({ status }) => status !== 'ended').length;
  const dialog = readline.createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-D and Ctrl-C are a no.
  const gone = new Promise<string>((resolve) => dialog.once('close', () => resolve('')));
  const question = `Remove these ${sessions.length} sessions (${running} running) with their transcripts? Type yes: `;
  const answer = await Promise.race([dialog.question(question), gone]);
  dialog.close();
  return answer.trim() === 'yes';
}

/** How many could not be removed. */
async function remove(api: RestApi, sessions: readonly Session[]): Promise<number> {
  const left = [...sessions];
  let failed = 0;
  const work = async (): Promise<void> => {
    for (let session = left.shift(); session !== undefined; session = left.shift()) {
      await api.removeSession(session.id).catch((error: Error) => {
        failed += 1;
        console.error(error.message);
      });
    }
  };
  await Promise.all(Array.from({ length: REMOVED_AT_ONCE }, work));
  return failed;
}

void main()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  })
  .then((code) => (process.exitCode = code));
