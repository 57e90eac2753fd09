import { HoldfastError, suggestCommands, type SuggestionEvent, type SuggestionQuestion } from '@holdfast/client';
import { auditEvent, auditEvents } from '../support/audit';
import { bubblewrapMissing } from '../support/bubblewrap';
import { ClaudeServer, SERVER_KEY } from '../support/claude/claude-server';
import type { TestPerson } from '../support/people';
import { WireClient } from '../support/wire-client';

/** As the server of these tests says it. */
type Told = SuggestionEvent & {
  readonly context?: {
    readonly shell: string;
    readonly cwd: string;
    readonly branch?: string;
    readonly line: string;
    readonly recent: readonly { readonly cmd: string; readonly exit: number }[];
    readonly output?: readonly string[];
  };
};

const ANSWER = [
  '{"cmd":"git push --set-upstream origin main","why":"set the upstream"}',
  '{"cmd":"echo \\u001b]0;x\\u0007","why":"hidden"}',
  '{"cmd":"rm -rf build","why":"clean up"}',
].join('\n');

const missing = bubblewrapMissing();
if (missing !== undefined) console.info(`Suggestions in a sandbox are not tested: ${missing}`);

describe.each(missing === undefined ? ['direct', 'bubblewrap'] : ['direct'])('Command suggestions (%s)', (launcher) => {
  let claude: ClaudeServer;
  let ada: TestPerson;
  let client: WireClient;
  let channels = 0;

  beforeAll(async () => {
    claude = await ClaudeServer.start({ env: { TERMINAL_LAUNCHER: launcher, SHELL_PROGRAM: '/bin/bash' } });
    claude.fake.say = () => ANSWER;
    ada = await claude.member('ada');
    client = await WireClient.connect(claude.server.terminalUrl, ada.api.token);
  });
  afterAll(async () => {
    client?.terminate();
    await claude?.stop();
  });

  const allow = (suggestionsAllowed: boolean) =>
    claude.admin.request('PATCH', '/api/admin/settings', { suggestionsAllowed });
  const agree = (on: boolean) => ada.api.request('PUT', '/api/suggestions', { on });

  /** By the SDK. `refused`: the code of an error. */
  async function ask(
    question: SuggestionQuestion,
    { api } = ada,
  ): Promise<{ readonly refused?: string; readonly told: readonly Told[] }> {
    const told: Told[] = [];
    try {
      for await (const event of suggestCommands(claude.server.baseUrl, api.token, question)) told.push(event as Told);
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      return { refused: error.code, told };
    }
    return { told };
  }

  /** A new terminal, once its shell waits; its history is nobody's. */
  async function terminal(profile?: string): Promise<{ readonly channel: number; readonly sessionId: string }> {
    const channel = ++channels;
    const { sessionId } = await client.open({ channel, projectId: 'ada', profile });
    client.type(channel, ' unset HISTFILE; PS1="ready: "; cd /tmp; printf "\\x62egun"\n');
    // With the prompt the marks of this command's end have come, too.
    await client.until(() => /begun[^]*ready: /.test(client.output(channel).toString()), 'the prompt');
    return { channel, sessionId };
  }

  /** Types a command and waits for its end. */
  async function run(channel: number, command: string, status: number): Promise<void> {
    const marks = (): number => client.output(channel).toString().split(`\x1b]133;D;${status};aid=`).length;
    const before = marks();
    client.type(channel, `${command}\n`);
    await client.until(() => marks() > before, `the end of ${command}`);
  }

  it('are off until an administrator allows them and the user switches them on', async () => {
    const { sessionId } = await client.open({ channel: ++channels, projectId: 'ada' });
    expect((await ada.api.request('GET', '/api/suggestions')).body).toMatchObject({ allowed: false, on: false });
    expect((await agree(true)).body).toMatchObject({ code: 'suggestions_off' });
    expect((await ada.api.request('POST', '/api/suggestions', { sessionId })).status).toBe(403);
    expect((await allow(true)).status).toBe(200);
    expect((await ask({ sessionId, line: '' })).refused).toBe('suggestions_off');
    expect((await agree(true)).body).toMatchObject({ allowed: true, on: true });
    // It was started when nobody wanted marks, so nothing says what it is doing.
    expect((await ask({ sessionId, line: '' })).refused).toBe('no_prompt');
    expect(client.output(channels).toString()).not.toContain('133;');
  });

  it('know what was done in the terminal, and send it without secrets; the user sees exactly what is sent', async () => {
    const { channel, sessionId } = await terminal();
    await run(channel, 'false', 1);
    await run(channel, 'true --password hunter2', 0);
    await run(channel, ' echo hunter2', 0);
    await run(channel, 'sh -c "echo token=hunter2; echo went wrong; exit 3"', 3);
    const { told } = await ask({ sessionId, line: 'curl -u bob:hunter2 ', includeOutput: true });
    expect(told.map(({ type }) => type)).toEqual(['sent', 'suggestion', 'suggestion', 'done']);
    expect(told[0]?.context).toMatchObject({
      shell: expect.stringMatching(/^bash /) as string,
      cwd: '/tmp',
      line: 'curl -u [redacted] ',
      output: ['token=[redacted]', 'went wrong'],
    });
    expect(told[0]?.context?.recent.slice(-3)).toEqual([
      { cmd: 'false', exit: 1 },
      { cmd: 'true --password [redacted]', exit: 0 },
      { cmd: 'sh -c "echo token=[redacted]; echo went wrong; exit 3"', exit: 3 },
    ]);
    expect(told.slice(1, 3)).toMatchObject([
      { cmd: 'git push --set-upstream origin main', danger: false },
      { cmd: 'rm -rf build', danger: true },
    ]);
    const request = claude.fake.requests.at(-1);
    expect(JSON.parse(request?.text ?? '')).toEqual(told[0]?.context);
    expect(request?.raw).not.toContain('hunter2');
    expect(request?.headers['x-api-key']).toBe(SERVER_KEY);
    expect(request?.body).toMatchObject({ model: 'claude-haiku-4-5', max_tokens: 300, stream: true });
  });

  it('are not fooled by marks that a program prints', async () => {
    const { channel, sessionId } = await terminal();
    const forged = '\\e]633;E;evil;guess\\a\\e]133;C\\a\\e]633;P;Cwd=/evil;guess\\a\\e]133;D;0\\a\\e]133;A\\a';
    await run(channel, `printf '${forged}'`, 0);
    const before = await ask({ sessionId, line: 'forged' });
    expect(before.told[0]?.context).toMatchObject({ cwd: '/tmp' });
    expect(before.told[0]?.context?.recent.map(({ cmd }) => cmd.split(' ')[0])).toEqual(['printf']);
    // It says that it has ended, and asks for a password.
    client.type(channel, `printf '${forged}Pass\\x77ord: '; read -rs; :\n`);
    await client.outputContains(channel, 'Password: ');
    expect((await ask({ sessionId, line: '' })).refused).toBe('no_prompt');
    client.type(channel, '\n');
  });

  if (launcher === 'bubblewrap') {
    it('are there, too, where nothing but a list of programs runs', async () => {
      const strict = { name: 'strict', program: '/bin/bash', args: ['-l'], view: 'strict', binaries: ['/usr/bin/ls'] };
      expect((await claude.admin.request('POST', '/api/admin/profiles', strict)).status).toBe(201);
      const assignments = [{ projectId: 'ada', role: null, isDefault: false }];
      await claude.admin.request('PUT', '/api/admin/profiles/strict/assignments', { assignments });
      const { channel, sessionId } = await terminal('strict');
      await run(channel, 'echo changed > /etc/holdfast/holdfast.bash', 1);
      const { told } = await ask({ sessionId, line: '' });
      expect(told.map(({ type }) => type)).toEqual(['sent', 'suggestion', 'suggestion', 'done']);
      expect(told[0]?.context?.recent.at(-1)?.exit).toBe(1);
    });
  }

  if (launcher === 'direct') {
    it('cost nothing the second time, and are on record without a word of what was asked', async () => {
      const { channel, sessionId } = await terminal();
      await run(channel, 'false', 1);
      expect((await ask({ sessionId, line: 'unmistakable' })).told[0]).toMatchObject({ cached: false });
      const requests = claude.fake.requests.length;
      const again = await ask({ sessionId, line: 'unmistakable' });
      expect(again.told[0]).toMatchObject({ cached: true });
      expect(again.told).toHaveLength(4);
      expect(claude.fake.requests).toHaveLength(requests);
      const event = await auditEvent(claude.admin, { code: 'suggestion.asked' }, ({ data }) => data['cached'] === true);
      expect(event).toMatchObject({
        outcome: 'ok',
        target: { kind: 'session', id: sessionId },
        data: { suggestions: 2 },
      });
      expect(JSON.stringify(await auditEvents(claude.admin, { code: 'suggestion.asked' }))).not.toMatch(
        /unmistakable|hunter2|git push/,
      );
    });

    it('say why there are none', async () => {
      const { sessionId } = await terminal();
      claude.fake.script = () => ({
        status: 400,
        body: { type: 'error', error: { type: 'x', message: 'no such model' } },
      });
      const { told } = await ask({ sessionId, line: 'refused' });
      expect(told.map(({ type }) => type)).toEqual(['sent', 'error']);
      expect(told[1]).toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining('no such model') as string,
      });
      claude.fake.script = () => undefined;
    });

    it('are for those who may type into the terminal, and of a day as many as allowed', async () => {
      const { sessionId } = await terminal();
      const bob = await claude.member('bob');
      await bob.api.request('PUT', '/api/suggestions', { on: true });
      expect(await ask({ sessionId, line: '' }, bob)).toMatchObject({ refused: 'session_not_found' });
      await claude.admin.request('PATCH', '/api/admin/settings', { suggestionsPerDay: 1 });
      expect((await ask({ sessionId, line: 'one too many' })).refused).toBe('rate_limited');
      await claude.admin.request('PATCH', '/api/admin/settings', { suggestionsPerDay: null });
    });

    it('end for everybody when an administrator says so', async () => {
      const { sessionId } = await terminal();
      await allow(false);
      expect((await ask({ sessionId, line: '' })).refused).toBe('suggestions_off');
      await allow(true);
      await agree(false);
      const { sessionId: another } = await client.open({ channel: ++channels, projectId: 'ada' });
      expect((await ask({ sessionId: another, line: '' })).refused).toBe('suggestions_off');
      await client.until(() => client.output(channels).length > 0, 'a prompt');
      expect(client.output(channels).toString()).not.toContain('133;A');
    });
  }
});
