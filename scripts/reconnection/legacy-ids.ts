import { randomUUID } from 'node:crypto';
import type { Report } from './report';
import type { Connection, Target } from './target';

const NEW_FORM = /^session_\d+_[0-9a-z]+$/;
const BAD = ['../etc/passwd', 'session_1_UPPER', 'a b'];

/** Old names of sessions mean one new name for ever; spellings of nothing mean a new session. */
export async function legacyIds(target: Target, report: Report): Promise<void> {
  const connection = target.connect();
  const made = new Set<string>();
  const tag = Date.now();
  const forms = [randomUUID(), `term_${tag}`, `terminal-${tag}`, `session-${tag}`, `claude_${tag}`, String(tag)];
  try {
    for (const form of forms) {
      const [first, second] = [await open(connection, form, made), await open(connection, form, made)];
      const stable = NEW_FORM.test(first) && first === second;
      report.add(`legacy ${form}`, 'one new id, twice the same', stable ? first : `${first}, ${second}`, stable);
    }
    for (const nothing of ['null', 'undefined', '']) {
      const [first, second] = [await open(connection, nothing, made), await open(connection, nothing, made)];
      const ok = NEW_FORM.test(first) && NEW_FORM.test(second) && first !== second;
      report.add(`nothing spelled "${nothing}"`, 'a new session each', ok ? 'two' : `${first}, ${second}`, ok);
    }
    for (const bad of BAD) {
      const answer = await open(connection, bad, made);
      report.add(`id "${bad}"`, 'bad_session_id', answer, answer === 'bad_session_id');
    }
  } finally {
    await connection.client.close();
    for (const id of made) await target.remove(id);
  }
}

/** The id that the server gives it, or the code with which it refuses. */
async function open(connection: Connection, sessionId: string, made: Set<string>): Promise<string> {
  const { terminal } = connection.open({ sessionId });
  try {
    const opened = await terminal.ready;
    made.add(opened.sessionId);
    await terminal.detach();
    return opened.sessionId;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
