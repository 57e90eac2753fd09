import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ClaudeControl } from '../../claude-api/claude-listener';
import { ClaudeListener } from '../../claude-api/claude-listener';
import type { Disposable } from '../../kernel/disposables';
import { RandomIds } from '../../kernel/ids';
import { FakeClock } from '../../../test/support/fake-clock';
import { newClaudeRecord } from '../records/claude-record';
import { ClaudeRecords } from '../records/claude-records';
import { parseHook, type PermissionRequest } from './claude-hook';
import type { ClaudeAnnouncer } from './claude-announcer';
import { ClaudeStatus } from './claude-status';
import { ANSWER_CALL, type PermissionCall, PermissionDesk, type PermissionReply } from './permission-desk';

const KEY = 'session:project';
const ANA = { id: 'a', email: 'ana@test.local' };
const BEN = { id: 'b', email: 'ben@test.local' };
const SUGGESTIONS = [{ type: 'addRules', rules: [{ toolName: 'Bash' }], behavior: 'allow', destination: 'session' }];
const QUESTION = {
  questions: [{ question: 'Which\x07?', header: '', multiSelect: false, options: [{ label: 'Red', description: '' }] }],
};

/** The one process there is. */
class LonelyListener extends ClaudeListener {
  readonly isLeader = true;
  readonly baseUrl = '';
  readonly socketPath = '';
  private readonly controls = new Map<string, ClaudeControl>();
  private begin = (): void => undefined;

  add(): void {
    return;
  }

  addControl(name: string, handle: ClaudeControl): void {
    this.controls.set(name, handle);
  }

  async control(name: string, body: unknown): Promise<unknown> {
    return this.controls.get(name)?.(body);
  }

  onLeading(begin: () => void): Disposable {
    this.begin = begin;
    return { dispose: () => undefined };
  }

  lead(): void {
    this.begin();
  }
}

/** The CLI's connection. */
class Question implements PermissionReply {
  readonly answers: object[] = [];
  private gone = (): void => undefined;

  send(answer: object): void {
    this.answers.push(answer);
  }

  onGone(gone: () => void): void {
    this.gone = gone;
  }

  /** Answered in the terminal. */
  abort(): void {
    this.gone();
  }
}

let dataDir: string;
let records: ClaudeRecords;
let status: ClaudeStatus;
let listener: LonelyListener;
let desk: PermissionDesk;

beforeEach(async () => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'hf-desk-'));
  records = new ClaudeRecords({ dataDir });
  const clock = new FakeClock();
  status = new ClaudeStatus(records, { changed: () => undefined } as unknown as ClaudeAnnouncer, clock);
  listener = new LonelyListener();
  desk = new PermissionDesk(listener, status, records, clock, new RandomIds());
  desk.onModuleInit();
  const about = { key: KEY, sessionId: 'session', projectId: 'project', ownerId: 'o', conversationId: 'c' };
  await records.update(KEY, () => newClaudeRecord(about, clock.now()));
});

afterEach(() => {
  desk.onModuleDestroy();
  fs.rmSync(dataDir, { recursive: true });
});

async function ask(
  tool_name = 'Bash',
  tool_input: object = { command: 'make' },
): Promise<{ question: Question; id: string }> {
  const hook = { hook_event_name: 'PermissionRequest', tool_name, tool_input, permission_suggestions: SUGGESTIONS };
  const question = new Question();
  await desk.ask(KEY, parseHook(JSON.stringify(hook)) as PermissionRequest, question);
  return { question, id: records.read(KEY)?.permissions.at(-1)?.id as string };
}

function answer(permissionId: string, more: Partial<PermissionCall>): Promise<unknown> {
  return listener.control(ANSWER_CALL, { key: KEY, permissionId, by: ANA, decision: 'allow', ...more });
}

const said = ({ answers }: Question): unknown =>
  answers.map((one) => (one as { hookSpecificOutput?: { decision: unknown } }).hookSpecificOutput?.decision ?? one);

describe('the permission desk', () => {
  it('passes an answer on to the CLI, and knows nothing of the permission any more', async () => {
    const { question, id } = await ask();
    expect(records.read(KEY)?.state.state).toBe('needs_permission');
    await answer(id, {});
    expect(said(question)).toEqual([{ behavior: 'allow' }]);
    expect(records.read(KEY)).toMatchObject({ permissions: [], answered: [{ id, decision: 'allow', by: ANA }] });
  });

  it('takes the first of two answers that come at once, and tells the second who was first', async () => {
    const { question, id } = await ask();
    const answers = await Promise.allSettled([
      answer(id, { decision: 'deny', message: 'no\x1b' }),
      answer(id, { by: BEN }),
    ]);
    expect(answers.map((one) => one.status)).toEqual(['fulfilled', 'rejected']);
    await expect(answer(id, { by: BEN })).rejects.toMatchObject({
      code: 'conflict',
      message: 'ana@test.local has refused this already.',
      options: { details: { by: ANA, decision: 'deny' } },
    });
    expect(said(question)).toEqual([{ behavior: 'deny', message: 'no\ufffd' }]);
  });

  it('is told by the CLI that somebody answered in the terminal', async () => {
    const { question, id } = await ask();
    question.abort();
    await expect(answer(id, {})).rejects.toMatchObject({ code: 'conflict' });
    expect(question.answers).toEqual([]);
    expect(records.read(KEY)?.permissions).toEqual([]);
  });

  it('lets the CLI go when its session says by another way that nothing is asked any more', async () => {
    const { question, id } = await ask();
    await status.apply(KEY, { kind: 'exit', reason: 'exited', exitCode: 0 });
    expect(question.answers).toEqual([{}]);
    await expect(answer(id, {})).rejects.toMatchObject({ code: 'conflict' });
  });

  it('remembers what the CLI offers to remember, when asked to', async () => {
    const { question, id } = await ask();
    await answer(id, { remember: true });
    expect(said(question)).toEqual([{ behavior: 'allow', updatedPermissions: SUGGESTIONS }]);
  });

  it('gives the answers to questions as the CLI asked them', async () => {
    const { question, id } = await ask('AskUserQuestion', QUESTION);
    await expect(answer(id, {})).rejects.toMatchObject({ code: 'bad_request' });
    await answer(id, { answers: { 'Which?': 'Red' } });
    expect(said(question)).toEqual([
      { behavior: 'allow', updatedInput: { ...QUESTION, answers: { 'Which\x07?': 'Red' } } },
    ]);
  });

  it('leaves to the terminal what another leader was asked', async () => {
    const { id } = await ask();
    const successor = new LonelyListener();
    const next = new PermissionDesk(successor, status, records, new FakeClock(), new RandomIds());
    next.onModuleInit();
    successor.lead();
    await status.apply(KEY, { kind: 'api-up' });
    expect(records.read(KEY)?.permissions).toMatchObject([{ id, answerable: false }]);
    await expect(next.answer({ key: KEY, permissionId: id, by: ANA, decision: 'allow' })).rejects.toMatchObject({
      code: 'conflict',
      options: { details: { answerable: false } },
    });
    next.onModuleDestroy();
  });

  it('leaves to the terminal what nobody would see', async () => {
    const question = new Question();
    const hook = parseHook(JSON.stringify({ hook_event_name: 'PermissionRequest', tool_name: 'x', tool_input: {} }));
    await desk.ask('unknown:session', hook as PermissionRequest, question);
    expect(question.answers).toEqual([{}]);
  });

  it('does not answer for another session', async () => {
    const { question, id } = await ask();
    await expect(answer(id, { key: 'other:project' })).rejects.toMatchObject({ code: 'conflict' });
    expect(question.answers).toEqual([]);
  });

  it('holds a bounded number of questions of a session open', async () => {
    const asked = await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect(asked.filter(({ question }) => question.answers.length > 0)).toHaveLength(4);
  });
});
