import { randomUUID } from 'node:crypto';
import { Api } from '../support/api';
import { TestServer } from '../support/server';
import { WireClient } from '../support/wire-client';

let server: TestServer;
let api: Api;
const clients: WireClient[] = [];

beforeAll(async () => {
  server = await TestServer.start();
  api = await Api.login(server);
});
afterAll(() => server.stop());
afterEach(() => {
  for (const client of clients.splice(0)) client.terminate();
});

async function connect(token = api.token): Promise<WireClient> {
  const client = await WireClient.connect(server.terminalUrl, token);
  clients.push(client);
  return client;
}

describe('opening', () => {
  it('welcomes with the limits, then makes a shell that is fresh', async () => {
    const client = await connect();
    expect(client.events[0]).toMatchObject({
      event: 'welcome',
      data: { protocol: 1, heartbeatMs: 30000, limits: { maxFrameBytes: 65536, windowBytes: 262144 } },
    });
    const opened = await client.open({ channel: 1, cols: 100, rows: 30 });
    expect(opened).toMatchObject({
      channel: 1,
      projectId: 'default',
      created: true,
      reused: false,
      resume: 'fresh',
      offset: 0,
      inputOffset: 0,
      cols: 100,
      rows: 30,
      role: 'writer',
    });
    expect(opened.sessionId).toMatch(/^session_\d+_[0-9a-z]{16}$/);
    client.type(1, 'stty size; tty\n');
    await client.outputContains(1, '30 100');
  });

  it('makes the project when there is none', async () => {
    const client = await connect();
    const opened = await client.open({ channel: 1, projectId: `made-${randomUUID()}` });
    expect(opened.created).toBe(true);
  });

  it('makes one process for a hundred opens of one id at once', async () => {
    const sessionId = `session_${Date.now()}_hundred0hundred0`;
    const sockets = await Promise.all(Array.from({ length: 10 }, () => connect()));
    const opened = await Promise.all(
      sockets.flatMap((client) => Array.from({ length: 10 }, (_, channel) => client.open({ channel, sessionId }))),
    );
    expect(opened.filter(({ created }) => created)).toHaveLength(1);
    expect(opened.filter(({ reused }) => reused)).toHaveLength(99);
    expect(new Set(opened.map(({ epoch }) => epoch)).size).toBe(1);
  });

  it('maps a legacy id to one session, always the same one', async () => {
    const client = await connect();
    const legacy = `term_${randomUUID()}`;
    const first = await client.open({ channel: 1, sessionId: legacy });
    const second = await client.open({ channel: 2, sessionId: legacy });
    expect(first).toMatchObject({ created: true, migratedFrom: legacy });
    expect(second).toMatchObject({ reused: true, sessionId: first.sessionId, migratedFrom: legacy });
  });

  it.each(['null', 'undefined', '', null])('makes a new session for the id %p', async (sessionId) => {
    const client = await connect();
    expect((await client.open({ channel: 1, sessionId })).created).toBe(true);
  });

  it('refuses an id of no known form', async () => {
    const client = await connect();
    const answer = await client.tryOpen({ channel: 1, sessionId: '../../etc/passwd' });
    expect(answer).toMatchObject({ event: 'error', data: { channel: 1, code: 'bad_session_id', retryable: false } });
  });

  it('keeps the same id in two projects apart', async () => {
    const client = await connect();
    const sessionId = `session_${Date.now()}_samesamesamesame`;
    const one = await client.open({ channel: 1, sessionId, projectId: 'apart-one' });
    const two = await client.open({ channel: 2, sessionId, projectId: 'apart-two' });
    expect([one.created, two.created]).toEqual([true, true]);
    expect(one.epoch).not.toBe(two.epoch);
  });

  it('refuses a channel that is in use', async () => {
    const client = await connect();
    await client.open({ channel: 7 });
    client.send('open', { channel: 7, projectId: 'default', cols: 80, rows: 24, writerId: randomUUID() }, 'again');
    expect(await client.answerTo('again')).toMatchObject({
      event: 'error',
      data: { channel: 7, code: 'channel_in_use' },
    });
  });

  it('says honestly that Claude sessions are not available', async () => {
    const client = await WireClient.connect(`ws://127.0.0.1:${server.endpoints.claude}/`, api.token);
    clients.push(client);
    expect(await client.tryOpen({ channel: 1 })).toMatchObject({ event: 'error', data: { code: 'unavailable' } });
    const sessions = await api.request<{ items: { gateway: string }[] }>('GET', '/api/sessions?limit=200');
    expect(sessions.body.items.filter(({ gateway }) => gateway === 'claude')).toEqual([]);
  });
});

describe('a running terminal', () => {
  it('reports the exit after the last byte, with status or signal', async () => {
    const client = await connect();
    await client.open({ channel: 1 });
    client.type(1, 'seq 1 5000; exit 42\n');
    const exited = await client.event('exited');
    expect(exited).toMatchObject({ channel: 1, exitCode: 42, signal: null });
    expect(exited.offset).toBe(client.nextOffset(1));
    expect(client.output(1).toString()).toContain('5000');

    await client.open({ channel: 2 });
    client.type(2, 'kill -KILL $$\n');
    expect(await client.event('exited', ({ channel }) => channel === 2)).toMatchObject({
      exitCode: null,
      signal: 'KILL',
    });
  });

  it('shows an ended session again, with its exit', async () => {
    const client = await connect();
    const { sessionId } = await client.open({ channel: 1 });
    client.type(1, 'echo last words; exit 3\n');
    await client.event('exited');
    const other = await connect();
    const again = await other.open({ channel: 1, sessionId });
    expect(again).toMatchObject({ created: false, reused: true, resume: 'snapshot' });
    expect(await other.event('exited')).toMatchObject({ exitCode: 3 });
    expect(other.snapshots(1)[0]?.bytes.toString()).toContain('last words');
  });

  it('sends signals to the foreground job and leaves the shell alone', async () => {
    const client = await connect();
    await client.open({ channel: 1 });
    // From its first prompt on the shell ignores the signal, which reaches it until the job runs.
    await client.outputContains(1, 'bash-');
    client.type(1, 'sleep 1000; echo "after:$?"\n');
    for (let tries = 0; tries < 100 && !client.output(1).includes('after:143'); tries++) {
      client.send('signal', { channel: 1, signal: 'TERM' });
      await client.until(() => client.output(1).includes('after:143'), 'the job ended', 500).catch(() => undefined);
    }
    expect(client.output(1).toString()).toContain('after:143');
  });

  it('ends on terminate, although the job ignores polite signals', async () => {
    const client = await connect();
    await client.open({ channel: 1 });
    client.type(1, 'trap "" HUP TERM INT; echo "rea""dy"; while :; do sleep 1000; done\n');
    await client.outputContains(1, 'ready');
    client.send('terminate', { channel: 1 }, 'end');
    expect(await client.answerTo('end')).toMatchObject({ event: 'exited', data: { channel: 1, signal: 'KILL' } });
  });

  it('gives the shell a clean environment', async () => {
    const client = await connect();
    await client.open({ channel: 1 });
    client.type(
      1,
      'env | cut -d= -f1 | sort | tr "\\n" ,; echo "@en""d"; ls /proc/self/fd | tr "\\n" ,; echo "@fd""s"\n',
    );
    const output = (await client.outputContains(1, '@fds')).toString();
    expect(output).not.toMatch(/DATABASE_URL|ADMIN_PASSWORD|JWT_SECRET|DATA_DIR|NODE_CHANNEL_FD/);
    expect(output).toMatch(/TERM,/);
    expect(output).toMatch(/\n0,1,2,3,@fds/);
  });
});

describe('size', () => {
  it('belongs to who made the terminal, then to who typed last', async () => {
    const [alice, bob] = [await connect(), await connect()];
    const writers = { alice: randomUUID(), bob: randomUUID() };
    const { sessionId } = await alice.open({ channel: 1, cols: 80, rows: 24, writerId: writers.alice });
    const joined = await bob.open({ channel: 1, sessionId, cols: 120, rows: 40, writerId: writers.bob });
    expect(joined).toMatchObject({ cols: 80, rows: 24, sizeOwner: writers.alice });

    bob.send('resize', { channel: 1, cols: 121, rows: 41 });
    expect(await bob.event('resized')).toMatchObject({ cols: 80, rows: 24, owner: writers.alice });

    bob.type(1, 'stty size\n');
    expect(await alice.event('resized', ({ owner }) => owner === writers.bob)).toMatchObject({ cols: 121, rows: 41 });
    await bob.outputContains(1, '41 121');

    await bob.close();
    // The size stays; nobody owns it.
    expect(await alice.event('resized', ({ owner }) => owner === null)).toMatchObject({ cols: 121, rows: 41 });
    alice.type(1, 'echo back; stty size\n');
    await alice.outputContains(1, '24 80');
  });

  it('takes a storm of resizes and ends with the last one', async () => {
    const client = await connect();
    await client.open({ channel: 1 });
    for (let cols = 50; cols < 250; cols++) client.send('resize', { channel: 1, cols, rows: 30 });
    await client.event('resized', ({ cols }) => cols === 249);
    client.send('resize', { channel: 1, cols: 250, rows: 30 }, 'last');
    expect(await client.answerTo('last')).toMatchObject({ event: 'resized', data: { cols: 250, rows: 30 } });
    client.type(1, 'stty size\n');
    await client.outputContains(1, '30 250');
  });
});

describe('hidden and second viewers', () => {
  it('tells a hidden channel that there is output and that a bell rang, and sends the bytes when it is shown', async () => {
    const client = await connect();
    await client.open({ channel: 1 });
    client.type(1, 'echo visi""ble\n');
    await client.outputContains(1, 'visible');
    client.send('visibility', { channel: 1, visible: false });
    client.type(1, 'printf "\\a"; echo hid""den\n');
    expect(await client.event('activity', ({ state }) => state === 'bell')).toMatchObject({ channel: 1 });
    const idle = await client.event('activity', ({ state }) => state === 'idle');
    expect(idle.unreadBytes).toBeGreaterThan(0);
    expect(client.output(1).toString()).not.toContain('hidden');
    client.send('visibility', { channel: 1, visible: true });
    await client.outputContains(1, 'hidden');
  });

  it('refuses a viewer’s input', async () => {
    const client = await connect();
    const { sessionId } = await client.open({ channel: 1 });
    await client.open({ channel: 2, sessionId, role: 'viewer' });
    client.type(2, 'echo no\n');
    expect(await client.event('error')).toMatchObject({ channel: 2, code: 'read_only' });
  });

  it('does not let a viewer that never reads hold up the writer', async () => {
    const [writer, viewer] = [await connect(), await connect()];
    const { sessionId } = await writer.open({ channel: 1 });
    await viewer.open({ channel: 1, sessionId, role: 'viewer' });
    viewer.setAutoAck(1, false);
    writer.type(1, 'seq 1 300000; echo do""ne\n');
    await writer.outputContains(1, 'done');
    expect(viewer.outputBytes(1)).toBeLessThanOrEqual(262144);
  });

  it('does not pause a terminal for a writer that stopped reading', async () => {
    const [writer, viewer] = [await connect(), await connect()];
    const { sessionId } = await writer.open({ channel: 1 });
    await viewer.open({ channel: 1, sessionId, role: 'viewer' });
    writer.setAutoAck(1, false);
    writer.type(1, 'seq 1 300000; echo do""ne\n');
    await viewer.outputContains(1, 'done');
    expect(writer.outputBytes(1)).toBeLessThanOrEqual(262144);
  });
});

describe('titles and marks', () => {
  it('reports title, working directory and command marks', async () => {
    const client = await connect();
    await client.open({ channel: 1 });
    client.type(1, `printf '\\e]2;my title\\a\\e]7;file://host/tmp/x%%20y\\e\\\\\\e]133;D;7\\a'\n`);
    expect(await client.event('title', ({ title }) => title === 'my title')).toMatchObject({ channel: 1 });
    expect(await client.event('cwd')).toEqual({ channel: 1, cwd: '/tmp/x y' });
    expect(await client.event('command')).toEqual({ channel: 1, state: 'finished', exitCode: 7 });
  });
});

describe('bad input', () => {
  it.each([
    ['not JSON', 'hello'],
    ['an array', '[]'],
    ['an unknown event', '{"event":"launch","data":{}}'],
    ['a wrong type', '{"event":"resize","data":{"channel":1,"cols":"80","rows":24}}'],
    ['a size out of bounds', '{"event":"resize","data":{"channel":1,"cols":1001,"rows":24}}'],
    ['__proto__', '{"event":"__proto__","data":{}}'],
  ])('answers %s with bad_frame', async (_, text) => {
    const client = await connect();
    client.socket.send(text);
    expect(await client.event('error')).toMatchObject({ code: 'bad_frame' });
  });

  it('answers a short binary frame and an unknown type with bad_frame', async () => {
    const client = await connect();
    await client.open({ channel: 1 });
    client.socket.send(Buffer.from([1, 2, 3]));
    await client.event('error', ({ code }) => code === 'bad_frame');
    const before = client.events.length;
    client.socket.send(Buffer.from([9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]));
    await client.event('error', ({ code }) => code === 'bad_frame', before);
  });

  it('closes with 4000 at the hundredth', async () => {
    const client = await connect();
    for (let i = 0; i < 100; i++) client.socket.send('x');
    await client.until(() => client.closed !== undefined, 'close');
    expect(client.closed?.code).toBe(4000);
  });

  it('closes with 1009 for a frame that is too large', async () => {
    const client = await connect();
    client.socket.send(Buffer.alloc(65537));
    await client.until(() => client.closed !== undefined, 'close');
    expect(client.closed?.code).toBe(1009);
  });

  it('refuses a gap in the input and says where to go on', async () => {
    const client = await connect();
    await client.open({ channel: 1 });
    client.sendInput(1, 5, Buffer.from('later'));
    expect(await client.event('error')).toMatchObject({
      channel: 1,
      code: 'input_gap',
      inputOffset: 0,
      retryable: true,
    });
  });

  it('types a duplicate once', async () => {
    const client = await connect();
    await client.open({ channel: 1 });
    const bytes = Buffer.from('echo on""ce\n');
    client.sendInput(1, 0, bytes);
    client.sendInput(1, 0, bytes);
    client.sendInput(1, bytes.length, Buffer.from('echo fin""ished\n'));
    const output = (await client.outputContains(1, 'finished')).toString();
    expect(output.match(/\bonce\b/g)).toHaveLength(1);
  });
});

describe('leaving', () => {
  it('detaches and lets the terminal run on', async () => {
    const client = await connect();
    const { sessionId, epoch } = await client.open({ channel: 1 });
    client.send('detach', { channel: 1 }, 'bye');
    expect(await client.answerTo('bye')).toMatchObject({ event: 'detached', data: { channel: 1 } });
    expect(await client.open({ channel: 1, sessionId })).toMatchObject({ reused: true, epoch, resume: 'snapshot' });
  });

  it('answers a ping', async () => {
    const client = await connect();
    client.send('ping', { t: 12345 }, 'p');
    expect(await client.answerTo('p')).toEqual({ event: 'pong', data: { t: 12345 }, id: 'p' });
  });

  it('closes the sockets of a login that logs out', async () => {
    const mine = await Api.login(server);
    const client = await connect(mine.token);
    await client.open({ channel: 1 });
    await mine.request('POST', '/api/auth/logout');
    await client.until(() => client.closed !== undefined, 'close');
    expect(client.closed?.code).toBe(4003);
  });
});
