import { createHash } from 'node:crypto';
import { Api } from '../support/api';
import { eventually } from '../support/eventually';
import { sdkClient } from '../support/sdk';
import { shownBy } from '../support/screen';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

const SEAM = /^── machine or host was lost at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC; this is a new process ──$/;
const OPENS = 100;

interface View {
  readonly status: string;
  readonly endReason: string | null;
  readonly epoch: string;
  readonly epochs: { epoch: string; epochNumber: number; start: number; end: number; endedAt: string | null }[];
}

let server: TestServer;
let api: Api;
let client: WireClient;
let channels = 0;

beforeAll(async () => {
  server = await TestServer.start({ ACCESS_TOKEN_TTL_SECONDS: '3600' });
  api = await Api.login(server);
});
beforeEach(async () => {
  client = await WireClient.connect(server.terminalUrl, api.token);
});
afterEach(() => client.close());
afterAll(() => server.stop());

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function view(sessionId: string): Promise<View> {
  return (await api.request<View>('GET', `/api/sessions/${sessionId}`)).body;
}

async function output(sessionId: string, epoch: string): Promise<Buffer> {
  const response = await api.fetch('GET', `/api/sessions/${sessionId}/output?epoch=${epoch}`);
  expect(response.headers.get('x-epoch')).toBe(epoch);
  return Buffer.from(await response.arrayBuffer());
}

/** A session that printed something and whose host was lost then. */
async function lostSession(print = 'echo old-""output'): Promise<{ sessionId: string; epoch: string; bytes: Buffer }> {
  const channel = ++channels;
  const { sessionId, epoch } = await client.open({ channel });
  client.type(channel, `${print}; echo rea""dy\n`);
  await client.outputContains(channel, 'ready');
  server.loseHost();
  const { reason, offset } = await client.event('exited', (data) => data.channel === channel);
  const bytes = client.output(channel);
  expect({ reason, offset }).toEqual({ reason: 'host-lost', offset: bytes.length });
  return { sessionId, epoch, bytes };
}

describe('a session whose host was lost', () => {
  it('has ended, says why to whoever is attached after the last byte, and keeps its transcript', async () => {
    const { sessionId, epoch, bytes } = await lostSession();
    await eventually(async () =>
      expect(await view(sessionId)).toMatchObject({ status: 'ended', endReason: 'host-lost', epoch }),
    );
    expect(sha256(await output(sessionId, epoch))).toBe(sha256(bytes));
    expect(bytes.toString()).toContain('old-output');
  });

  it('gets a new process when it is opened again: the old screen, a seam, and a prompt that works', async () => {
    const { sessionId, epoch, bytes } = await lostSession(
      'echo old-""output; printf "\\e[?1049h\\e[?1000h\\e[?2004h\\e[2;5r\\e[31m"; echo in-an-edi""tor',
    );
    const channel = ++channels;
    const opened = await client.open({ channel, sessionId, epoch, offset: bytes.length });
    expect(opened).toMatchObject({ resume: 'new-epoch', created: true, reused: false, offset: 0, inputOffset: 0 });
    expect(opened.epoch).not.toBe(epoch);
    client.type(channel, 'echo new-""output\n');
    const fresh = await client.outputContains(channel, 'new-output\r\n');
    const [snapshot] = client.snapshots(channel);
    expect(snapshot?.offset).toBe(0);
    const { lines, modes } = await shownBy([snapshot?.bytes ?? Buffer.alloc(0), fresh]);
    const seam = lines.findIndex((line) => SEAM.test(line));
    expect(lines.indexOf('old-output')).toBeLessThan(seam);
    expect(lines.indexOf('old-output')).toBeGreaterThan(0);
    expect(lines.indexOf('new-output')).toBeGreaterThan(seam);
    expect(lines).not.toContain('in-an-editor');
    // What the lost program had switched on; the new shell has bracketed paste of its own.
    expect(modes).toMatchObject({ mouseTrackingMode: 'none', originMode: false });
    expect(await view(sessionId)).toMatchObject({ status: 'running', epoch: opened.epoch });
    await eventually(async () => {
      const { body } = await api.request<{ items: { id: string; status: string }[] }>(
        'GET',
        '/api/sessions?status=running',
      );
      expect(body.items.map(({ id }) => id)).toContain(sessionId);
    });
  });

  it('is a new epoch to everybody who knew the old one, and just a screen to who knew none', async () => {
    const { sessionId, epoch, bytes } = await lostSession();
    const first = ++channels;
    await client.open({ channel: first, sessionId, epoch, offset: bytes.length });
    client.type(first, 'echo new-""output\n');
    await client.outputContains(first, 'new-output\r\n');
    const late = await client.open({ channel: ++channels, sessionId, epoch, offset: 0 });
    expect(late).toMatchObject({ resume: 'new-epoch', created: false, reused: true, offset: 0 });
    await client.outputContains(channels, 'new-output\r\n');
    const shown = await shownBy([client.snapshots(channels)[0]?.bytes ?? Buffer.alloc(0), client.output(channels)]);
    expect(shown.lines).toContain('old-output');
    expect(shown.lines.some((line) => SEAM.test(line))).toBe(true);
    const stranger = await client.open({ channel: ++channels, sessionId });
    expect(stranger).toMatchObject({ resume: 'snapshot', created: false, reused: true });
    await client.until(() => client.snapshots(channels).length > 0, 'a snapshot');
    const { lines } = await shownBy([client.snapshots(channels)[0]?.bytes ?? Buffer.alloc(0)]);
    expect(lines).toContain('new-output');
    expect(lines).not.toContain('old-output');
  });

  it('is shown as it ended to somebody who only watches, and one that ended otherwise stays ended', async () => {
    const { sessionId, epoch, bytes } = await lostSession();
    const viewer = ++channels;
    const opened = await client.open({ channel: viewer, sessionId, role: 'viewer', epoch, offset: bytes.length });
    expect(opened).toMatchObject({ resume: 'exact', created: false, epoch });
    expect(await client.event('exited', ({ channel }) => channel === viewer)).toMatchObject({ reason: 'host-lost' });
    const exited = ++channels;
    const other = await client.open({ channel: exited });
    client.type(exited, 'exit 3\n');
    await client.event('exited', ({ channel }) => channel === exited);
    const again = await client.open({ channel: ++channels, sessionId: other.sessionId });
    expect(again).toMatchObject({ created: false, epoch: other.epoch });
    const mine = channels;
    expect(await client.event('exited', ({ channel }) => channel === mine)).toMatchObject({ exitCode: 3 });
  });

  it('keeps what every earlier epoch printed, byte by byte, and the last four of them', async () => {
    const known: { epoch: string; sha: string }[] = [];
    let { sessionId, epoch, bytes } = await lostSession('echo epoch-""1');
    known.push({ epoch, sha: sha256(bytes) });
    for (let n = 2; n <= 6; n++) {
      const channel = ++channels;
      ({ sessionId, epoch } = await client.open({ channel, sessionId }));
      client.type(channel, `echo epoch-""${n}; seq ${n}000\n`);
      await client.outputContains(channel, `\n${n}000\r\n`);
      server.loseHost();
      await client.event('exited', (data) => data.channel === channel);
      bytes = client.output(channel);
      known.push({ epoch, sha: sha256(bytes) });
    }
    const { epochs } = await view(sessionId);
    expect(epochs.map(({ epochNumber }) => epochNumber)).toEqual([2, 3, 4, 5, 6]);
    for (const { epoch: earlier, start, end } of epochs) {
      const held = await output(sessionId, earlier);
      expect({ start, end }).toEqual({ start: 0, end: held.length });
      expect(sha256(held)).toBe(known.find((each) => each.epoch === earlier)?.sha);
    }
    expect(epochs.every(({ endedAt }) => endedAt !== null)).toBe(true);
    const gone = await api.fetch('GET', `/api/sessions/${sessionId}/output?epoch=${known[0]?.epoch}`);
    expect(gone.status).toBe(404);
  }, 120_000);

  it(`opened ${OPENS} times at once, also with the old epoch, gets one process`, async () => {
    const { sessionId, epoch, bytes } = await lostSession();
    const other = await WireClient.connect(server.terminalUrl, api.token);
    const opens = Array.from({ length: OPENS }, (_, n) =>
      (n % 2 ? client : other).open({
        channel: ++channels,
        sessionId,
        ...(n % 3 ? { epoch, offset: bytes.length } : {}),
      }),
    );
    const answers = await Promise.all(opens);
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(answers.map((opened) => opened.epoch)).size).toBe(1);
    expect(answers.every((opened) => opened.epoch !== epoch)).toBe(true);
    expect((await view(sessionId)).epochs.map(({ epochNumber }) => epochNumber)).toEqual([1, 2]);
    await other.close();
  });
});

it('hands back what was typed for a process that is gone, and never types it into the next one', async () => {
  const { client: sdk } = sdkClient(server.terminalUrl, api.token);
  const terminal = sdk.open({ projectId: 'default', cols: 80, rows: 24 });
  const seen: string[] = [];
  const unsent: string[] = [];
  let shown = '';
  terminal.on('opened', ({ resume }) => seen.push(resume));
  terminal.on('unsent', (bytes) => unsent.push(Buffer.from(bytes).toString()));
  terminal.on('snapshot', ({ bytes, ack }) => {
    shown = Buffer.from(bytes).toString();
    ack();
  });
  terminal.onData((bytes, ack) => {
    shown += Buffer.from(bytes).toString();
    ack();
  });
  await terminal.ready;
  terminal.write('echo be""fore\n');
  await eventually(() => expect(shown).toContain('before\r\n'));
  // The machine: gateway and host.
  await server.kill();
  server.loseHost();
  terminal.write('touch never-typed\n');
  await server.run();
  await eventually(() => {
    sdk.retryNow();
    expect(seen).toEqual(['fresh', 'new-epoch']);
  });
  expect(unsent).toEqual(['touch never-typed\n']);
  terminal.write('echo af""ter\n');
  await eventually(() => expect(shown).toContain('after\r\n'));
  expect(shown).toContain('before');
  expect(shown).not.toContain('never-typed');
  terminal.terminate();
  await sdk.close();
}, 60_000);
