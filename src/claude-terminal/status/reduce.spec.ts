import type { ClaudeState } from '@holdfast/protocol';
import { type ClaudeRecord, newClaudeRecord, type PendingPermission } from '../records/claude-record';
import { type ClaudeHook, parseHook } from './claude-hook';
import type { ClaudeSignal, SettledPermission } from './claude-signal';
import { GRACE_MS, MAX_PERMISSIONS, reduce } from './reduce';

const CONVERSATION = '11111111-1111-4111-8111-111111111111';
const OTHER = '22222222-2222-4222-8222-222222222222';
const ANA = { id: 'ana', email: 'ana@test.local' };
const START = 1_000_000;

function hook(hook_event_name: string, more: object = {}): ClaudeSignal {
  const parsed = parseHook(JSON.stringify({ hook_event_name, session_id: CONVERSATION, ...more }));
  return { kind: 'hook', hook: parsed as ClaudeHook };
}
const bash = (command: string): object => ({ tool_name: 'Bash', tool_input: { command } });

/** One session, a second between one signal and the next unless said otherwise. */
class Play {
  record: ClaudeRecord = newClaudeRecord(
    { key: 's:p', sessionId: 's', projectId: 'p', ownerId: 'o', conversationId: CONVERSATION },
    START,
  );
  now = START;
  readonly settled: SettledPermission[] = [];

  then(signal: ClaudeSignal, afterMs = 1_000): this {
    this.now += afterMs;
    const reduced = reduce(this.record, signal, this.now);
    this.record = reduced.record;
    this.settled.push(...reduced.settled);
    return this;
  }

  prompt(): this {
    return this.then(hook('UserPromptSubmit'));
  }

  ask(id: string, command = id, kind: PendingPermission['kind'] = 'permission'): this {
    const request = (hook('PermissionRequest', bash(command)) as { hook: { match: string } }).hook;
    const { match } = request;
    const since = this.now + 1_000;
    return this.then({
      kind: 'asked',
      permission: { id, kind, tool: 'Bash', detail: command, since, answerable: true, match },
    });
  }

  file(status: 'idle' | 'busy' | 'waiting', afterMs = 1_000, writtenMsAgo = 0): this {
    return this.then({ kind: 'file', status, at: this.now + afterMs - writtenMsAgo }, afterMs);
  }

  title(glyph: 'working' | 'idle', afterMs = 1_000): this {
    return this.then({ kind: 'title', glyph }, afterMs);
  }

  get state(): ClaudeState {
    return this.record.state;
  }
}

const play = (): Play => new Play();

describe('the state of a Claude session', () => {
  it('is working from the prompt to the end of the turn, with the tool that runs', () => {
    const session = play().prompt();
    expect(session.state).toEqual({ state: 'working', since: START + 1_000 });
    session.then(hook('PreToolUse', bash('ls')));
    expect(session.state).toEqual({ state: 'working', since: START + 1_000, tool: 'Bash' });
    session.then(hook('PostToolUse', bash('ls')));
    expect(session.state).toEqual({ state: 'working', since: START + 1_000 });
    session.then(hook('Stop'));
    expect(session.state).toEqual({ state: 'waiting', since: START + 4_000 });
    expect(session.record.conversation).toEqual({ id: CONVERSATION, seen: true });
  });

  it('is what the title says where no hook speaks', () => {
    const session = play().title('working');
    expect(session.state.state).toBe('working');
    session.title('idle');
    expect(session.state.state).toBe('waiting');
  });

  it.each([
    'PostToolUse',
    'PostToolUseFailure',
    'PermissionDenied',
    'PostToolBatch',
    'Stop',
    'StopFailure',
    'UserPromptSubmit',
  ])('needs nobody any more after %s', (event) => {
    const session = play()
      .prompt()
      .then(hook('PreToolUse', bash('make')))
      .ask('make');
    expect(session.state).toMatchObject({ state: 'needs_permission', message: 'Bash: make' });
    session.then(hook(event, bash('make')));
    expect(session.state.state).not.toBe('needs_permission');
    expect(session.settled).toEqual([{ permissionId: 'make' }]);
  });

  it('still needs somebody when another tool has ended, even one of the same name', () => {
    const session = play()
      .prompt()
      .ask('make')
      .then(hook('PostToolUse', bash('ls')));
    expect(session.state.state).toBe('needs_permission');
    expect(session.settled).toEqual([]);
  });

  it('needs an answer when it asks a question', () => {
    expect(play().prompt().ask('q', 'Which?', 'question').state.state).toBe('needs_answer');
    expect(play().prompt().ask('q', 'Which?', 'question').ask('p').state.state).toBe('needs_permission');
  });

  it('goes on with the work once somebody has answered, and says who', () => {
    const session = play().prompt().ask('a').ask('b');
    session.then({ kind: 'answered', permissionId: 'a', decision: 'allow', by: ANA });
    expect(session.state).toMatchObject({ state: 'needs_permission', message: 'Bash: b' });
    session.then({ kind: 'answered', permissionId: 'b', decision: 'deny', by: ANA });
    expect(session.state.state).toBe('working');
    expect(session.settled).toEqual([
      { permissionId: 'a', decision: 'allow', by: ANA },
      { permissionId: 'b', decision: 'deny', by: ANA },
    ]);
    expect(session.record.answered.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('takes the first answer and no second one', () => {
    const session = play().prompt().ask('a').then({ kind: 'answered', permissionId: 'a', decision: 'allow', by: ANA });
    const before = session.record;
    session.then({ kind: 'answered', permissionId: 'a', decision: 'deny', by: ANA });
    expect(session.record).toBe(before);
  });

  it('waits after Esc in a dialog, for which there is no hook', () => {
    const session = play().prompt().title('working').ask('make').title('idle');
    expect(session.state.state).toBe('needs_permission');
    session.file('idle');
    expect(session.state.state).toBe('waiting');
    expect(session.settled).toEqual([{ permissionId: 'make' }]);
  });

  it('waits after Esc in a dialog that withdrew its question at once, also when the file was written a moment before', () => {
    const session = play().prompt().ask('make').then({ kind: 'withdrawn', permissionId: 'make' });
    expect(session.state.state).toBe('working');
    expect(session.file('idle', 100, 150).state.state).toBe('waiting');
  });

  it('waits after Esc in the middle of a reply', () => {
    expect(play().prompt().title('working').title('idle').state.state).toBe('waiting');
    expect(play().prompt().file('busy').file('idle').state.state).toBe('waiting');
  });

  it('works again when the dialog was answered in the terminal', () => {
    expect(play().prompt().title('working').ask('make').title('idle').title('working').state.state).toBe('working');
    expect(play().prompt().ask('make').file('waiting').file('busy').state.state).toBe('working');
  });

  it('is not taken in by what was written or shown just before the question', () => {
    const session = play().prompt().title('working').ask('make');
    session.file('busy', 100, 50).title('idle', 50).title('working', 100);
    expect(session.state.state).toBe('needs_permission');
    expect(session.file('busy', 1_000, 5_000).state.state).toBe('needs_permission');
  });

  it('works although its file still says what was before the prompt', () => {
    const session = play().prompt();
    expect(session.file('idle', 2_000, 2_500).state.state).toBe('working');
    session.then(hook('Stop'));
    expect(session.file('busy', 2_000, 2_500).state.state).toBe('waiting');
    expect(session.file('waiting', 2_000, 4_500).state.state).toBe('waiting');
  });

  it('needs somebody when the file says so and no hook did, until the file says otherwise', () => {
    const session = play().prompt().file('waiting', 1_000);
    expect(session.state.state).toBe('working');
    session.file('waiting', 1_000, GRACE_MS + 100);
    expect(session.state).toMatchObject({
      state: 'needs_permission',
      message: 'It asks something: answer in the terminal.',
    });
    expect(session.file('busy').state.state).toBe('working');
  });

  it('does not need somebody again because the file is slower than the answer', () => {
    const session = play()
      .prompt()
      .ask('make')
      .then({ kind: 'answered', permissionId: 'make', decision: 'allow', by: ANA });
    expect(session.file('waiting', 800, 900).state.state).toBe('working');
  });

  it('says until when a limit holds it up, also after it was tried again', () => {
    const session = play().prompt().then({ kind: 'rate-limited', until: 9 });
    expect(session.state).toMatchObject({ state: 'rate_limited', until: 9 });
    const { since } = session.state;
    expect(session.then({ kind: 'rate-limited', until: 20 }).state).toEqual({
      state: 'rate_limited',
      until: 20,
      since,
    });
    expect(session.then({ kind: 'api-up' }).state.state).toBe('working');
  });

  it.each<[string, (session: Play) => Play]>([
    ['Esc, by the file', (session) => session.file('idle')],
    ['Esc, by the title', (session) => session.title('idle')],
    ['the next prompt', (session) => session.prompt()],
    ['its end', (session) => session.then(hook('StopFailure', { error: 'rate_limit' }))],
  ])('is not held up any more after %s while the CLI tried again', (_name, then) => {
    const session = play().prompt().title('working').then({ kind: 'api-down', until: 9 });
    expect(session.state.state).toBe('api_down');
    expect(then(session).state.state).not.toBe('api_down');
  });

  it('asks first and is held up second', () => {
    const session = play().prompt().then({ kind: 'rate-limited', until: 9 }).ask('make');
    expect(session.state.state).toBe('needs_permission');
    session.then({ kind: 'withdrawn', permissionId: 'make' });
    expect(session.state.state).toBe('rate_limited');
  });

  it('is not held up by a request for a title while nobody waits', () => {
    expect(play().then({ kind: 'rate-limited', until: 9 }).state.state).toBe('waiting');
  });

  it('keeps what went wrong until somebody goes on', () => {
    const session = play().prompt().title('working');
    session.then(hook('StopFailure', { error: 'billing_error', error_details: '402 The budget is used up' }));
    session.title('idle').file('idle').then({ kind: 'no-file' }, 9_000);
    expect(session.state).toMatchObject({
      state: 'error',
      kind: 'billing_error',
      message: '402 The budget is used up',
    });
    expect(session.prompt().state.state).toBe('working');
  });

  it('is waiting while only a subagent works on', () => {
    const session = play()
      .prompt()
      .then(hook('Stop'))
      .then(hook('PreToolUse', { ...bash('x'), agent_id: 'a1' }));
    expect(session.state.state).toBe('waiting');
  });

  it('waits by the title alone where there is no file', () => {
    const session = play().title('idle').prompt();
    expect(session.then({ kind: 'no-file' }, 1_000).state.state).toBe('working');
    expect(session.then({ kind: 'no-file' }, 2_000).state.state).toBe('waiting');
  });

  it('follows its conversation through /clear', () => {
    const session = play()
      .prompt()
      .then(hook('Stop'))
      .then(hook('SessionEnd', { reason: 'clear' }));
    session.then({ kind: 'conversation', id: OTHER });
    expect(session.record.conversation).toEqual({ id: OTHER, seen: false });
    session.then(hook('UserPromptSubmit', { session_id: OTHER }));
    expect(session.record.conversation).toEqual({ id: OTHER, seen: true });
  });

  it('is exited, whatever comes late, until it is started again', () => {
    const session = play().prompt().ask('make').then({ kind: 'exit', reason: 'exited', exitCode: 0 });
    expect(session.state.state).toBe('exited');
    expect(session.settled).toEqual([{ permissionId: 'make' }]);
    for (const late of [hook('PreToolUse', bash('x')), hook('Stop'), { kind: 'api-up' } as const]) session.then(late);
    session.file('busy').ask('late');
    expect(session.state.state).toBe('exited');
    session.then({ kind: 'launch', conversation: { id: CONVERSATION, seen: true } });
    expect(session.state.state).toBe('waiting');
  });

  it.each([
    ['exited', 1, true],
    ['host-lost', null, true],
    ['exited', 0, false],
    ['terminated', 143, false],
    ['hibernated', 143, false],
  ] as const)('was interrupted by %s with code %s: %s', (reason, exitCode, interrupted) => {
    const session = play().prompt().then({ kind: 'exit', reason, exitCode });
    expect(session.record.interrupted).toBe(interrupted);
    const isOver = reason === 'terminated' || (reason === 'exited' && exitCode === 0);
    expect(session.state.state).toBe(isOver ? 'exited' : 'hibernated');
    expect(play().then({ kind: 'exit', reason, exitCode }).record.interrupted).toBe(false);
  });

  it('was interrupted in its work also when it could still say that it ends', () => {
    const session = play()
      .prompt()
      .then(hook('SessionEnd', { reason: 'other' }));
    expect(session.then({ kind: 'exit', reason: 'host-lost', exitCode: null }).record.interrupted).toBe(true);
  });

  it('is alive again when its title speaks', () => {
    const session = play().prompt().then({ kind: 'exit', reason: 'host-lost', exitCode: null }).title('idle');
    expect(session.state.state).toBe('waiting');
    expect(session.record.interrupted).toBe(true);
    expect(session.prompt().record.interrupted).toBe(false);
  });

  it('can be answered in the terminal only when the connection of the question is gone', () => {
    const session = play()
      .prompt()
      .ask('a')
      .ask('b')
      .then({ kind: 'orphaned', except: new Set(['b']) });
    expect(session.record.permissions.map(({ answerable }) => answerable)).toEqual([false, true]);
  });

  it('asks for a bounded number of things', () => {
    const session = play().prompt();
    for (let n = 0; n < 2 * MAX_PERMISSIONS; n++) session.ask(`p${n}`);
    expect(session.record.permissions).toHaveLength(MAX_PERMISSIONS);
    expect(session.state.message).toBe('Bash: p0 (and 15 more)');
  });
});

describe('any sequence of signals', () => {
  let seed = 1;
  const random = (below: number): number => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  const pick = <T>(of: readonly T[]): T => of[random(of.length)] as T;
  const commands = ['a', 'b', 'c'];

  function anySignal(session: Play): (afterMs: number) => void {
    const command = pick(commands);
    const known = session.record.permissions.map(({ id }) => id);
    const id = known.length > 0 && random(4) > 0 ? pick(known) : 'unknown';
    const signals: readonly (() => ClaudeSignal)[] = [
      () => hook(pick(['UserPromptSubmit', 'Stop', 'PostToolBatch', 'SessionEnd'])),
      () =>
        hook(pick(['PreToolUse', 'PostToolUse', 'PostToolUseFailure']), {
          ...bash(command),
          ...(random(3) === 0 && { agent_id: 'x' }),
        }),
      () => hook('StopFailure', { error: 'server_error' }),
      () => ({ kind: 'withdrawn', permissionId: id }),
      () => ({ kind: 'answered', permissionId: id, decision: pick(['allow', 'deny'] as const), by: ANA }),
      () => ({ kind: 'orphaned', except: new Set(known.slice(0, random(3))) }),
      () => ({ kind: pick(['rate-limited', 'api-down'] as const), until: session.now + random(9_000) }),
      () => ({ kind: 'api-up' }),
      () => ({ kind: 'file', status: pick(['idle', 'busy', 'waiting'] as const), at: session.now - random(3_000) }),
      () => ({ kind: 'no-file' }),
      () => ({ kind: 'title', glyph: pick(['working', 'idle'] as const) }),
      () => ({ kind: 'conversation', id: pick([CONVERSATION, OTHER]) }),
      () => ({
        kind: 'exit',
        reason: pick(['exited', 'host-lost', 'hibernated', 'terminated'] as const),
        exitCode: pick([0, 1, null]),
      }),
      () => ({ kind: 'launch', conversation: { id: CONVERSATION, seen: true } }),
    ];
    // An end is rarer than what happens before it.
    const choice = random(20);
    if (choice >= signals.length)
      return () => void session.ask(`p${session.now}`, command, pick(['permission', 'question'] as const));
    const signal = (signals[choice] as () => ClaudeSignal)();
    return (afterMs) => void session.then(signal, afterMs);
  }

  /** What is impossible about a record, and about how it became so. */
  function problemsOf({ record, now }: Play, before: ClaudeRecord): string[] {
    const { state, permissions, signs } = record;
    const needs = state.state === 'needs_permission' || state.state === 'needs_answer';
    const rules: Readonly<Record<string, boolean>> = {
      'needs somebody exactly while something is asked': needs === (permissions.length > 0 || signs.asksUnseen),
      'nothing is asked or held up after its end':
        !signs.over || (state.state === signs.over && permissions.length === 0 && !signs.api),
      'only what is held up has an end':
        state.until === undefined || ['rate_limited', 'api_down'].includes(state.state),
      'only what works has a tool': state.tool === undefined || state.state === 'working',
      'an error has a kind, and nothing else': (state.kind !== undefined) === (state.state === 'error'),
      'it is not in the future': state.since <= now,
      'it goes on while it has the same name': state.state !== before.state.state || state.since === before.state.since,
      'no more is asked than may be': permissions.length <= MAX_PERMISSIONS,
      'nothing is asked twice': new Set(permissions.map(({ id }) => id)).size === permissions.length,
    };
    return Object.keys(rules).filter((rule) => !rules[rule]);
  }

  it('never leads to an impossible record, and settles everything that was asked exactly once', () => {
    const problems: string[] = [];
    for (let run = 0; run < 100; run++) {
      const session = play();
      const asked = new Set<string>();
      for (let step = 0; step < 60; step++) {
        const before = session.record;
        anySignal(session)(random(3) === 0 ? 10 : random(4_000));
        problems.push(...problemsOf(session, before));
        for (const { id } of session.record.permissions) asked.add(id);
      }
      session.then({ kind: 'exit', reason: 'exited', exitCode: 0 });
      expect(session.settled.map(({ permissionId }) => permissionId).sort()).toEqual([...asked].sort());
    }
    expect(problems).toEqual([]);
  });

  it.each<[string, (session: Play) => Play]>([
    ['the next prompt', (session) => session.prompt()],
    ['the end of the turn', (session) => session.then(hook('Stop'))],
    ['a failure', (session) => session.then(hook('StopFailure'))],
    ['a file that says idle', (session) => session.file('idle')],
    ['a file that says busy', (session) => session.file('busy')],
    ['a title that works again', (session) => session.title('idle').title('working')],
    ['the end of the process', (session) => session.then({ kind: 'exit', reason: 'exited', exitCode: 1 })],
    ['another process', (session) => session.then({ kind: 'launch', conversation: { id: OTHER, seen: false } })],
  ])('needs nobody after %s', (_name, end) => {
    for (let run = 0; run < 20; run++) {
      const session = play();
      for (let step = 0; step < 40; step++) anySignal(session)(random(3_000));
      // Asks, whatever was before.
      session
        .then({ kind: 'launch', conversation: { id: CONVERSATION, seen: true } })
        .prompt()
        .ask('last');
      expect(session.state.state).toBe('needs_permission');
      expect(['needs_permission', 'needs_answer']).not.toContain(end(session).state.state);
      expect(session.record.permissions).toEqual([]);
    }
  });
});
