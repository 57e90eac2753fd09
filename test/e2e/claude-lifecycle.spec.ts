import fs from 'node:fs';
import path from 'node:path';
import type { Opened } from '@holdfast/protocol';
import { ClaudeServer } from '../support/claude/claude-server';
import { processesOf, type SessionProcess } from '../support/claude/session-processes';
import { eventually } from '../support/eventually';
import { shownBy } from '../support/screen';
import { WireClient } from '../support/wire-client';

const OPENS = 40;

interface View {
  readonly status: string;
  readonly endReason: string | null;
  readonly lifetime: { readonly state: string };
  readonly claude: { readonly state: string; readonly interrupted: boolean; readonly autoContinue: boolean };
}

let claude: ClaudeServer;
let client: WireClient;
let channel = 0;

beforeAll(async () => {
  claude = await ClaudeServer.start({ env: { ACCESS_TOKEN_TTL_SECONDS: '3600' } });
  client = await WireClient.connect(claude.url, claude.admin.token);
});
afterAll(async () => {
  await client.close();
  await claude.stop();
});

async function open(known: Partial<Pick<Opened, 'sessionId' | 'epoch'>> & { offset?: number } = {}): Promise<Opened> {
  const from = client.events.length;
  const opened = await client.open({ channel: ++channel, ...known });
  // It takes keys.
  const mine = channel;
  if (opened.created) await client.event('title', (data) => data.channel === mine && data.title.startsWith('✳'), from);
  return opened;
}

async function prompt(text: string): Promise<void> {
  client.type(channel, text);
  await client.outputContains(channel, `❯ ${text.slice(0, 10)}`);
  client.type(channel, '\r');
}

function onlyProcess({ sessionId }: Opened): SessionProcess {
  const found = processesOf(sessionId);
  expect(found).toHaveLength(1);
  return found[0] as SessionProcess;
}

/** `--session-id` or `--resume`, and what. */
function conversationOf(session: Opened): { how: string | undefined; id: string | undefined } {
  const { args } = onlyProcess(session);
  const at = args.findIndex((arg) => arg === '--session-id' || arg === '--resume');
  return { how: args[at], id: args[at + 1] };
}

async function view({ sessionId }: Opened): Promise<View> {
  return (await claude.admin.request<View>('GET', `/api/sessions/${sessionId}`)).body;
}

function post({ sessionId }: Opened, what: string): Promise<{ status: number; body: { error?: { code: string } } }> {
  return claude.admin.request('POST', `/api/sessions/${sessionId}/claude/${what}`);
}

/** As whoever knew the session comes back to it. */
async function reopen({ sessionId, epoch }: Opened): Promise<{ opened: Opened; lines: readonly string[] }> {
  const opened = await open({ sessionId, epoch, offset: client.nextOffset(channel) });
  await client.until(() => client.snapshots(channel).length > 0, 'the old screen');
  const [snapshot] = client.snapshots(channel);
  const { lines } = await shownBy([snapshot?.bytes ?? Buffer.alloc(0)]);
  return { opened, lines };
}

/** In the middle of a reply that does not go on until `gate` is released. */
async function inMidReply(gate: string): Promise<Opened> {
  const session = await open();
  await prompt(`say it [[say:answer-${gate}]]`);
  await client.outputContains(channel, `● answer-${gate}`);
  await prompt(`hold it [[hold:${gate}]]`);
  await client.outputContains(channel, '● one two three');
  await eventually(async () => expect((await view(session)).claude.state).toBe('working'));
  return session;
}

function exited(): Promise<{ reason?: string; signal: string | null; exitCode: number | null }> {
  const mine = channel;
  return client.event('exited', (data) => data.channel === mine);
}

describe('a reply that is cut off', () => {
  it('by the end of its process: the session goes on below the old screen, and with "continue" when its user wants', async () => {
    const session = await inMidReply('killed');
    const { id } = conversationOf(session);
    expect(conversationOf(session)).toEqual({ how: '--session-id', id });
    process.kill(onlyProcess(session).pid, 'SIGKILL');
    expect(await exited()).toMatchObject({ reason: 'exited', signal: 'KILL' });
    await eventually(async () =>
      expect((await view(session)).claude).toMatchObject({ state: 'hibernated', interrupted: true }),
    );
    const from = client.events.length;
    const { opened, lines } = await reopen(session);
    expect(opened).toMatchObject({ resume: 'new-epoch', created: true });
    expect(conversationOf(session)).toEqual({ how: '--resume', id });
    const seam = lines.findIndex((line) => /^── ended by SIGKILL at .* UTC; this is a new process ──$/.test(line));
    expect(lines.findIndex((line) => line.includes('answer-killed'))).toBeLessThan(seam);
    await client.outputContains(channel, 'answer-killed');
    await client.event('claude.notice', ({ kind, active }) => kind === 'interrupted' && active, from);
    const asked = claude.fake.turns.length;
    client.send('claude.continue', { channel }, 'go-on');
    const turn = await claude.fake.turn('continue');
    expect(turn.number).toBeGreaterThan(asked);
    expect(turn.raw).toContain('answer-killed');
    await eventually(async () => expect((await view(session)).claude.interrupted).toBe(false));
    // The first one decided.
    expect((await post(session, 'continue')).status).toBe(409);
  });

  it('by the end of the gateway: the process lives, asks again, and the reply comes', async () => {
    const session = await inMidReply('gateway');
    const { pid } = onlyProcess(session);
    await claude.server.kill();
    await claude.server.run();
    client = await WireClient.connect(claude.url, claude.admin.token);
    claude.fake.release('gateway');
    const again = await open({ sessionId: session.sessionId });
    expect(again).toMatchObject({ created: false, epoch: session.epoch });
    expect(onlyProcess(session).pid).toBe(pid);
    await eventually(async () => expect((await view(session)).claude.state).toBe('waiting'));
  });

  it('by the end of the host: it is resumed, and left as it is when its user wants that', async () => {
    const session = await inMidReply('host');
    claude.server.loseHost();
    expect(await exited()).toMatchObject({ reason: 'host-lost' });
    await eventually(async () =>
      expect((await view(session)).claude).toMatchObject({ state: 'hibernated', interrupted: true }),
    );
    const { opened, lines } = await reopen(session);
    expect(opened).toMatchObject({ resume: 'new-epoch', created: true });
    expect(lines.some((line) => line.startsWith('── machine or host was lost'))).toBe(true);
    expect(conversationOf(session).how).toBe('--resume');
    const asked = claude.fake.turns.length;
    expect((await post(session, 'dismiss')).status).toBe(204);
    expect((await view(session)).claude).toMatchObject({ state: 'waiting', interrupted: false });
    expect((await post(session, 'continue')).status).toBe(409);
    expect(claude.fake.turns.length).toBe(asked);
  });

  it('goes on by itself where that was asked for before, without anybody there', async () => {
    const session = await inMidReply('alone');
    const { body } = await claude.admin.request<View>('PATCH', `/api/sessions/${session.sessionId}`, {
      claude: { autoContinue: true },
    });
    expect(body.claude.autoContinue).toBe(true);
    const asked = claude.fake.requests.length;
    process.kill(onlyProcess(session).pid, 'SIGKILL');
    await exited();
    const turn = await eventually(() => {
      const found = claude.fake.turns.find(({ number, text }) => number > asked && text.includes('continue'));
      if (!found) throw new Error('nobody went on');
      return found;
    });
    expect(turn.raw).toContain('answer-alone');
    expect(conversationOf(session).how).toBe('--resume');
  });
});

describe('hibernation', () => {
  it('ends the process, and opening the session goes on with the conversation: once, however many open it', async () => {
    const session = await open();
    await prompt('remember [[say:forty-two]]');
    await client.outputContains(channel, '● forty-two');
    await eventually(async () => expect((await view(session)).claude.state).toBe('waiting'));
    const { id } = conversationOf(session);
    expect((await post(session, 'hibernate')).status).toBe(204);
    expect(await exited()).toMatchObject({ reason: 'hibernated' });
    await eventually(async () =>
      expect(await view(session)).toMatchObject({
        status: 'ended',
        endReason: 'hibernated',
        lifetime: { state: 'hibernated' },
        claude: { state: 'hibernated', interrupted: false },
      }),
    );
    expect(processesOf(session.sessionId)).toEqual([]);
    const other = await WireClient.connect(claude.url, claude.admin.token);
    const opens = Array.from({ length: OPENS }, (_, n) =>
      (n % 2 ? client : other).open({ channel: 1_000 + n, sessionId: session.sessionId }),
    );
    const answers = await Promise.all(opens);
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(answers.map(({ epoch }) => epoch)).size).toBe(1);
    expect(conversationOf(session)).toEqual({ how: '--resume', id });
    await other.close();
  });

  it('in mid-reply keeps what was said so far, and interrupts nothing that anybody has to decide about', async () => {
    const session = await inMidReply('asleep');
    expect((await post(session, 'hibernate')).status).toBe(204);
    expect(await exited()).toMatchObject({ reason: 'hibernated' });
    await eventually(async () =>
      expect((await view(session)).claude).toMatchObject({ state: 'hibernated', interrupted: false }),
    );
    await reopen(session);
    await client.outputContains(channel, '● one two three');
  });

  it('of a session that is deleted leaves nothing of its conversation', async () => {
    const session = await open();
    await prompt('a secret [[say:understood]]');
    await client.outputContains(channel, '● understood');
    const { id } = conversationOf(session);
    const transcripts = (): string[] =>
      fs
        .readdirSync(path.join(claude.server.dataDir, 'claude/users'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.includes(id as string));
    expect(transcripts()).toHaveLength(1);
    await post(session, 'hibernate');
    await exited();
    await eventually(async () => expect((await view(session)).status).toBe('ended'));
    const { status } = await claude.admin.request('DELETE', `/api/sessions/${session.sessionId}`);
    expect(status).toBe(204);
    await eventually(() => expect(transcripts()).toEqual([]));
    expect((await claude.admin.request('GET', `/api/sessions/${session.sessionId}`)).status).toBe(404);
  });
});

it('after /clear the new conversation is resumed, not the old one', async () => {
  const session = await open();
  await prompt('old one [[say:old-answer]]');
  await client.outputContains(channel, '● old-answer');
  const { id: old } = conversationOf(session);
  await eventually(async () => expect((await view(session)).claude.state).toBe('waiting'));
  client.type(channel, '/clear');
  await client.outputContains(channel, '❯ /clear');
  client.type(channel, '\r');
  await prompt('new one [[say:new-answer]]');
  await client.outputContains(channel, '● new-answer');
  await eventually(async () => expect((await view(session)).claude.state).toBe('waiting'));
  process.kill(onlyProcess(session).pid, 'SIGKILL');
  await exited();
  await open({ sessionId: session.sessionId });
  const { how, id } = conversationOf(session);
  expect({ how, isOld: id === old }).toEqual({ how: '--resume', isOld: false });
  const shown = await client.outputContains(channel, 'new-answer');
  expect(shown.includes('old-answer')).toBe(false);
});

it('a conversation that the CLI refuses to resume is begun by the next process', async () => {
  const session = await open();
  const { id } = conversationOf(session);
  // As one that was moved away: there is a transcript, but not where this CLI looks.
  const [user] = fs.readdirSync(path.join(claude.server.dataDir, 'claude/users'));
  const elsewhere = path.join(
    claude.server.dataDir,
    'claude/users',
    user as string,
    'default/config/projects/elsewhere',
  );
  fs.mkdirSync(elsewhere, { recursive: true });
  fs.writeFileSync(path.join(elsewhere, `${id}.jsonl`), '{}\n');
  process.kill(onlyProcess(session).pid, 'SIGKILL');
  await exited();
  await client.open({ channel: ++channel, sessionId: session.sessionId });
  expect(await exited()).toMatchObject({ exitCode: 1 });
  await open({ sessionId: session.sessionId });
  expect(conversationOf(session)).toEqual({ how: '--session-id', id });
});

it('what a disabled user left running is hibernated, and nobody starts it in their name', async () => {
  const ana = await claude.member('ana');
  const hers = await WireClient.connect(claude.url, ana.api.token);
  const { sessionId } = await hers.open({ channel: 1, projectId: 'ana' });
  await hers.event('title', ({ title }) => title.startsWith('✳'));
  const { body: me } = await claude.admin.request<{ id: string }>('GET', '/api/auth/me');
  await ana.api.request('PUT', `/api/projects/ana/members/${me.id}`, { role: 'writer' });
  const { status } = await claude.admin.request('PATCH', `/api/admin/users/${ana.id}`, { disabled: true });
  expect(status).toBe(200);
  const here = async (): Promise<View> => (await claude.admin.request<View>('GET', `/api/sessions/${sessionId}`)).body;
  await eventually(async () =>
    expect(await here()).toMatchObject({ endReason: 'hibernated', claude: { state: 'hibernated' } }),
  );
  const refused = await client.tryOpen({ channel: ++channel, projectId: 'ana', sessionId });
  expect(refused).toMatchObject({ event: 'error', data: { code: 'forbidden' } });
});
