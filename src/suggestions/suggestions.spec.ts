import { MemoryAuditLog } from '../audit/memory-audit-log';
import type { Principal } from '../auth/principal';
import { DomainError } from '../kernel/domain-error';
import type { SessionService } from '../sessions/session.service';
import type { SentContext } from './suggestion-context';
import { SuggestionModel, type SuggestionOwner } from './suggestion-model';
import type { SuggestionPermission } from './suggestion-permission';
import { type SuggestionEvent, Suggestions } from './suggestions';
import type { TerminalContexts } from './terminal-contexts';

const LINE = '{"cmd":"ls","why":"look"}\n';
const CALLER = { userId: 'ada', email: 'ada@test.local', role: 'member' } as Principal;
const QUESTION = { sessionId: 'session_1_a', line: 'l', includeOutput: false };

type Answer = (signal: AbortSignal) => AsyncIterable<string>;

class FakeModel extends SuggestionModel {
  readonly name = 'fake';
  readonly asked: SentContext[] = [];
  signal: AbortSignal | undefined;

  constructor(private readonly script: Answer) {
    super();
  }

  answer(context: SentContext, _owner: SuggestionOwner, signal: AbortSignal): AsyncIterable<string> {
    this.asked.push(context);
    this.signal = signal;
    return this.script(signal);
  }
}

/** Says this, and then nothing until it is told to stop. */
function thenSilence(...texts: string[]): Answer {
  return async function* (signal) {
    yield* texts;
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
  };
}

function rig(script: Answer, refusal?: DomainError) {
  const model = new FakeModel(script);
  const audit = new MemoryAuditLog();
  let spent = 0;
  const permission = {
    assertMayAsk: () => (refusal ? Promise.reject(refusal) : Promise.resolve()),
    spend: () => Promise.resolve(void spent++),
  };
  const session = { id: 'session_1_a', projectId: 'p', storageKey: 'session_1_a:p', gateway: 'terminal' };
  const context = { os: 'Linux', cwd: '/', commands: [], line: 'l', shell: CALLER.email };
  const suggestions = new Suggestions(
    permission as unknown as SuggestionPermission,
    { findTypable: () => Promise.resolve(session) } as unknown as SessionService,
    { of: () => Promise.resolve(context) } as unknown as TerminalContexts,
    model,
    audit,
  );
  return { suggestions, model, audit, spent: () => spent };
}

async function all(events: AsyncIterable<SuggestionEvent>): Promise<string[]> {
  const types: string[] = [];
  for await (const event of events) types.push(event.type);
  return types;
}

const never = new AbortController().signal;

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it('are refused before anything is told, and then nobody is asked', async () => {
  const { suggestions, model } = rig(thenSilence(), new DomainError('suggestions_off', 'off'));
  await expect(all(suggestions.ask(CALLER, QUESTION, never))).rejects.toMatchObject({ code: 'suggestions_off' });
  expect(model.asked).toEqual([]);
});

it('are asked for once: the same question again costs nothing', async () => {
  const { suggestions, model, spent } = rig(async function* () {
    yield LINE;
  });
  for (let i = 0; i < 3; i++)
    expect(await all(suggestions.ask(CALLER, QUESTION, never))).toEqual(['sent', 'suggestion', 'done']);
  expect(model.asked).toHaveLength(1);
  expect(spent()).toBe(1);
  await all(suggestions.ask({ ...CALLER, userId: 'bob' }, QUESTION, never));
  expect(model.asked).toHaveLength(2);
});

it('end with what has come when the model takes too long', async () => {
  const { suggestions, model } = rig(thenSilence(LINE));
  const told = all(suggestions.ask(CALLER, QUESTION, never));
  await jest.advanceTimersByTimeAsync(4_000);
  expect(await told).toEqual(['sent', 'suggestion', 'done']);
  expect(model.signal?.aborted).toBe(true);
});

it('say so when nothing has come by then', async () => {
  const { suggestions } = rig(thenSilence('half a line'));
  const told = all(suggestions.ask(CALLER, QUESTION, never));
  await jest.advanceTimersByTimeAsync(4_000);
  expect(await told).toEqual(['sent', 'error']);
});

it('stop when the asker has left, which is no failure', async () => {
  const { suggestions, model, audit } = rig(thenSilence(LINE));
  const left = new AbortController();
  const told = all(suggestions.ask(CALLER, QUESTION, left.signal));
  await jest.advanceTimersByTimeAsync(1);
  left.abort();
  expect(await told).toEqual(['sent', 'suggestion']);
  expect(model.signal?.aborted).toBe(true);
  expect(audit.entries).toMatchObject([{ code: 'suggestion.asked', outcome: 'ok' }]);
});

it('do not wait for the rest of an answer that is full', async () => {
  const { suggestions, model } = rig(thenSilence(LINE.repeat(3)));
  expect(await all(suggestions.ask(CALLER, QUESTION, never))).toEqual([
    'sent',
    ...Array.from({ length: 3 }, () => 'suggestion'),
    'done',
  ]);
  expect(model.signal?.aborted).toBe(true);
});

it('leave a trace of who asked, and none of what', async () => {
  const { suggestions, audit } = rig(async function* () {
    yield LINE;
    throw new DomainError('budget_exceeded', 'Used up.');
  });
  expect(await all(suggestions.ask(CALLER, QUESTION, never))).toEqual(['sent', 'suggestion', 'error']);
  expect(audit.entries).toEqual([
    {
      code: 'suggestion.asked',
      outcome: 'failed',
      reason: 'budget_exceeded',
      actor: { userId: 'ada', email: 'ada@test.local', role: 'member' },
      target: { kind: 'session', id: 'session_1_a' },
      data: { model: 'fake', suggestions: 1, cached: false },
    },
  ]);
});
