import { randomUUID } from 'node:crypto';
import type { Report } from './report';
import type { Connection, Target } from './target';

const NEW_FORM = /^session_\d+_[0-9a-z]+$/;
const BAD = ['../etc/passwd', 'session_1_UPPER', 'a b'];

/** Old names of sessions mean one new name for ever; spellings of nothing mean a new session. */
export async function legacyIds(target: Target, report: Report): Promise<void> {
  const connection = target.connect();
  const tag = Date.now();
  const forms = [randomUUID(), `term_${tag}`, `terminal-${tag}`, `session-${tag}`, `claude_${tag}`, String(tag)];
  try {
    for (const form of forms) {
      const ids = await openTwice(connection, target, form);
      const stable = NEW_FORM.test(ids[0]) && ids[0] === ids[1];
      report.add(`legacy ${form}`, 'one new id, twice the same', stable ? ids[0] : ids.join(', '), stable);
    }
    for (const nothing of ['null', 'undefined', '']) {
      const ids = await openTwice(connection, target, nothing);
      const ok = ids.every((id) => NEW_FORM.test(id)) && ids[0] !== ids[1];
      report.add(`nothing spelled "${nothing}"`, 'a new session each', ok ? 'two' : ids.join(', '), ok);
    }
    for (const bad of BAD) {
      const [answer] = await openTwice(connection, target, bad);
      report.add(`id "${bad}"`, 'bad_session_id', answer, answer === 'bad_session_id');
    }
  } finally {
    await connection.client.close();
  }
}

/** What was made is removed at once: a project has a limit of sessions. */
async function openTwice(connection: Connection, target: Target, sessionId: string): Promise<[string, string]> {
  const answers: [string, string] = [await open(connection, sessionId), await open(connection, sessionId)];
  for (const id of new Set(answers)) if (NEW_FORM.test(id)) await target.remove(id);
  return answers;
}

/** The id that the server gives it, or the code with which it refuses. */
async function open(connection: Connection, sessionId: string): Promise<string> {
  const { terminal } = connection.open({ sessionId });
  try {
    const opened = await terminal.ready;
    await terminal.detach();
    return opened.sessionId;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
