import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { SessionFiles } from '../../src/pty-host/broker/session-files';
import { TestPtyHost, isAlive, kill } from '../support/pty-host';
import { eventually } from '../support/eventually';
import type { TestAttachment } from '../support/test-attachment';

const AMBIGUOUS_LIMIT = 1024;
const WINDOW_BYTES = 256 * 1024;
/** What needs another user or other groups can only be set up by root; elsewhere those tests are skipped. */
const isRoot = process.getuid?.() === 0;

let host: TestPtyHost;
/** Processes a test started outside of every session. */
const strays: number[] = [];

beforeAll(async () => {
  const groups = process.getgroups?.() ?? [];
  // What no shell may inherit.
  if (isRoot) process.setgroups?.([4, 27]);
  host = await TestPtyHost.start();
  if (isRoot) process.setgroups?.(groups);
});

afterAll(async () => {
  for (const pid of strays) kill(pid, 'SIGKILL');
  await host.stop();
});

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** `seq 1 n` as a terminal shows it. */
function sequence(n: number): Buffer {
  return Buffer.from(Array.from({ length: n }, (_, index) => `${index + 1}\r\n`).join(''));
}

async function gone(pids: readonly number[]): Promise<void> {
  await eventually(() => {
    const alive = pids.filter(isAlive);
    if (alive.length > 0) throw new Error(`still running: ${alive.join(', ')}`);
  });
}

async function pidIn(file: string): Promise<number> {
  return eventually(() => {
    const pid = Number(fs.readFileSync(file, 'utf8'));
    if (!(pid > 0)) throw new Error(`no pid in ${file} yet`);
    return pid;
  });
}

describe('creating a terminal', () => {
  test('a hundred calls for one id make one process', async () => {
    const request = host.createRequest('/bin/bash', ['-c', 'echo $$; read']);
    const answers = await Promise.all(Array.from({ length: 100 }, () => host.client.request('create', request)));
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(answers.map(({ session }) => session.pid)).size).toBe(1);
    await eventually(() => expect(host.leftovers([request.sessionId])).toEqual([answers[0]?.session.pid]));
  });

  test('the process has the environment it was given, no descriptor but its terminal, no supplementary group and the usual umask', async () => {
    // Other sessions' masters must not be inherited: there are some.
    await host.script('read');
    const session = await host.script(
      'env -0 | tr "\\0" "\\n"; echo FD $(ls /proc/self/fd); echo G $(id -G); umask; pwd',
    );
    const terminal = await host.attach(session);
    await terminal.whenExited();
    const lines = terminal.text.split('\r\n').filter(Boolean);
    const environment = lines
      .slice(
        0,
        lines.findIndex((line) => line.startsWith('FD')),
      )
      .sort();
    // bash adds PWD, SHLVL and _ by itself.
    expect(environment.filter((line) => !/^(PWD|SHLVL|_|OLDPWD)=/.test(line))).toEqual([
      'HOLDFAST_SESSION_EPOCH=' + session.epoch,
      'HOLDFAST_SESSION_ID=' + session.sessionId,
      'HOME=/tmp',
      'PATH=/usr/local/bin:/usr/bin:/bin',
      'TERM=xterm-256color',
    ]);
    // 3 is the directory that ls reads.
    expect(lines).toContain('FD 0 1 2 3');
    expect(lines).toContain(isRoot ? 'G 0' : `G ${execFileSync('id', ['-g']).toString().trim()}`);
    expect(lines).toContain('0022');
    expect(lines).toContain('/tmp');
  });

  (isRoot ? test : test.skip)(
    'as another user it has that user only, owns its terminal, and gains nothing by setuid',
    async () => {
      const session = await host.create(
        '/bin/bash',
        ['-c', 'id -u; id -G; stat -c %U $(tty); grep -E "NoNewPrivs|CapBnd" /proc/self/status'],
        {
          launch: {
            program: '/bin/bash',
            args: [
              '-c',
              'echo U $(id -u) G $(id -G) T $(stat -c %u $(tty)); grep -E "NoNewPrivs|CapBnd" /proc/self/status',
            ],
            cwd: '/tmp',
            env: { PATH: '/usr/bin:/bin' },
            user: { name: 'nobody', uid: 65534, gid: 65534 },
          },
        },
      );
      const terminal = await host.attach(session);
      await terminal.whenExited();
      expect(terminal.text).toContain('U 65534 G 65534 T 65534');
      expect(terminal.text).toMatch(/CapBnd:\s+0000000000000000/);
      expect(terminal.text).toMatch(/NoNewPrivs:\s+1/);
    },
  );

  test('a program that is missing says so in the terminal and exits with 127', async () => {
    const terminal = await host.attach(await host.create('/no/such/program'));
    expect(await terminal.whenExited()).toMatchObject({ exitCode: 127, signal: null });
    expect(terminal.text).toContain('No such file or directory');
  });

  test('two terminals with the same id after the first was removed have different epochs', async () => {
    const request = host.createRequest('/bin/true');
    const first = await host.client.request('create', request);
    await (await host.attach(first.session)).whenExited();
    expect((await host.client.request('create', request)).created).toBe(false);
    await host.client.request('remove', { sessionId: request.sessionId });
    const second = await host.client.request('create', request);
    expect(second.created).toBe(true);
    expect(second.session.epoch).not.toBe(first.session.epoch);
    await (await host.attach(second.session)).whenExited();
  });
});

describe('output', () => {
  test('every byte arrives, in order, before the exit', async () => {
    const expected = sequence(200_000);
    for (let run = 0; run < 20; run++) {
      const terminal = await host.attach(await host.script('seq 1 200000'));
      const exit = await terminal.whenExited();
      expect(sha256(terminal.bytes)).toBe(sha256(expected));
      expect(exit).toMatchObject({ exitCode: 0, signal: null, reason: 'exited', offset: expected.length });
      expect(terminal.events('exited')[0]?.at).toBe(expected.length);
      expect(terminal.gaps).toBe(0);
      expect(terminal.maxUnacknowledged).toBeLessThanOrEqual(WINDOW_BYTES);
    }
  });

  test('the exit names the code or the signal', async () => {
    const exits = ['exit 7', 'kill -TERM $$', 'kill -KILL $$', 'kill -SEGV $$'].map(async (script) => {
      const terminal = await host.attach(await host.script(script));
      const { exitCode, signal } = await terminal.whenExited();
      return { exitCode, signal };
    });
    expect(await Promise.all(exits)).toEqual([
      { exitCode: 7, signal: null },
      { exitCode: null, signal: 'TERM' },
      { exitCode: null, signal: 'KILL' },
      { exitCode: null, signal: 'SEGV' },
    ]);
  });

  test('a background job that keeps the terminal open neither delays the exit nor survives it', async () => {
    const session = await host.script(
      'trap "" HUP; (while :; do echo noise; sleep 0.01; done) & sleep 0.1; echo last; exit 3',
    );
    const terminal = await host.attach(session);
    expect(await terminal.whenExited()).toMatchObject({ exitCode: 3 });
    expect(terminal.text).toContain('last');
    await gone(host.leftovers([session.sessionId]));
  });

  test('a process that closed its terminal leaves the others alone when it is resized or signalled', async () => {
    const closed = await host.script(`exec </dev/null >/dev/null 2>&1; echo $$ > ${host.file('closed')}; sleep 60`);
    const terminal = await host.attach(closed);
    await pidIn(host.file('closed'));
    // Takes the number of the descriptor that was closed.
    const other = await host.attach(
      await host.script('stty -echo; trap "echo INT" INT; echo ready; while read -r x; do stty size; done'),
    );
    await other.whenText('ready');
    terminal.resize(33, 11);
    terminal.signal('INT');
    await terminal.whenExited();
    expect(terminal.exit).toMatchObject({ signal: 'INT' });
    other.type('\n');
    await other.whenText(/\d+ \d+\r\n/);
    expect(other.text).toBe('ready\r\n24 80\r\n');
    expect(other.losses).toBe(0);
    const info = await host.info(other.attached?.session.sessionId ?? '');
    expect(info).toMatchObject({ cols: 80, rows: 24, exit: null });
    await host.client.request('terminate', { sessionId: info.sessionId });
    await other.whenExited();
  });

  test('a viewer that never acknowledges costs the writer nothing', async () => {
    const session = await host.script('read; seq 1 200000');
    const writer = await host.attach(session);
    const viewer = await host.attach(session, { role: 'viewer', acknowledges: false });
    writer.type('\n');
    await writer.whenExited();
    const expected = Buffer.concat([Buffer.from('\r\n'), sequence(200_000)]);
    expect(sha256(writer.bytes)).toBe(sha256(expected));
    expect(viewer.next).toBeLessThanOrEqual(WINDOW_BYTES);
    expect(expected.subarray(0, viewer.next).equals(viewer.bytes)).toBe(true);
    // It goes on where it is once it acknowledges again.
    await eventually(() => {
      viewer.acknowledge();
      if (!viewer.exit) throw new Error(`the viewer is at ${viewer.next}`);
    });
    expect(sha256(viewer.bytes)).toBe(sha256(expected));
  });

  test('a writer that stops acknowledging pauses the PTY, and after two seconds stops counting', async () => {
    const session = await host.script('yes');
    const writer = await host.attach(session, { acknowledges: false, windowBytes: WINDOW_BYTES });
    await eventually(() => expect(writer.next).toBe(WINDOW_BYTES));
    const paused = await host.info(session.sessionId);
    expect(paused.end).toBeLessThan(WINDOW_BYTES + 128 * 1024);
    // Long enough for a program that is not paused to print much more.
    await (await host.attach(await host.script('seq 1 20000'))).whenExited();
    expect((await host.info(session.sessionId)).end).toBe(paused.end);
    await eventually(async () => expect((await host.info(session.sessionId)).end).toBeGreaterThan(4 * WINDOW_BYTES));
    expect(writer.next).toBe(WINDOW_BYTES);
    await host.client.request('terminate', { sessionId: session.sessionId });
    await eventually(async () => expect((await host.info(session.sessionId)).exit).not.toBeNull());
  });

  test('a writer that was silent at an idle prompt still holds a flood back', async () => {
    const session = await host.script('echo prompt; read; yes');
    const writer = await host.attach(session, { acknowledges: false });
    await writer.whenText('prompt');
    // Its few bytes stay unacknowledged for longer than the limit, as with a client that acknowledges in large steps.
    const other = await host.attach(await host.script('sleep 2.2'));
    await other.whenExited();
    writer.type('\n');
    await eventually(() => expect(writer.next).toBe(WINDOW_BYTES));
    expect((await host.info(session.sessionId)).end).toBeLessThan(WINDOW_BYTES + 128 * 1024);
    await host.client.request('terminate', { sessionId: session.sessionId });
    await eventually(async () => expect((await host.info(session.sessionId)).exit).not.toBeNull());
  });

  test('what a paused terminal holds when its program exits is not lost, and the exit waits for it', async () => {
    const windowBytes = 1000;
    const session = await host.script("head -c 8000 /dev/zero | tr '\\0' x; exit 5");
    const writer = await host.attach(session, { acknowledges: false, windowBytes });
    await eventually(async () => expect((await host.info(session.sessionId)).exit?.exitCode).toBe(5));
    expect((await host.info(session.sessionId)).end).toBe(8000);
    expect(writer.next).toBe(windowBytes);
    expect(writer.exit).toBeUndefined();
    await eventually(() => {
      writer.acknowledge();
      expect(writer.exit).toBeDefined();
    });
    expect(writer.text).toBe('x'.repeat(8000));
    expect(writer.events('exited')[0]?.at).toBe(8000);
    expect(writer.maxUnacknowledged).toBeLessThanOrEqual(windowBytes);
  });

  test('a detached terminal is never paused, and its output is there afterwards', async () => {
    const expected = sequence(200_000);
    const session = await host.script('seq 1 200000');
    await eventually(async () => expect((await host.info(session.sessionId)).exit).not.toBeNull());
    const late = await host.attach(session);
    await late.whenExited();
    expect(sha256(late.bytes)).toBe(sha256(expected));
    const part = await host.client.request('read', { sessionId: session.sessionId, from: 1000, max: 500 });
    expect(Buffer.from(part).equals(expected.subarray(1000, 1500))).toBe(true);
  });

  test('a transcript keeps its bound, and says where it starts', async () => {
    const transcriptBytes = 1024 * 1024;
    const session = await host.script('seq 1 400000', { transcriptBytes });
    await eventually(async () => expect((await host.info(session.sessionId)).exit).not.toBeNull());
    const { start, end } = await host.info(session.sessionId);
    expect(end).toBe(sequence(400_000).length);
    expect(end - start).toBeLessThanOrEqual(transcriptBytes);
    expect(end - start).toBeGreaterThan(transcriptBytes / 2);
    const tail = await host.attach(session, { offset: start });
    await tail.whenExited();
    expect(sequence(400_000).subarray(start).equals(tail.bytes)).toBe(true);
  });

  test('an attachment that wants bytes that are gone is not started until it names a position', async () => {
    const session = await host.script('echo 0123456789; read');
    await (await host.attach(session)).whenText('0123456789');
    const other = await host.attach(session, { epoch: 'another', offset: 5 });
    expect(other.attached?.started).toBe(false);
    expect(other.next).toBe(5);
    other.start(3);
    await other.whenText('3456789');
    expect(other.gaps).toBe(0);
  });
});

describe('size', () => {
  test('everything before the offset of a resize was written at the old size', async () => {
    const session = await host.script('trap "stty size" WINCH; stty size; while :; do sleep 0.02; done');
    const writer = await host.attach(session);
    await writer.whenText('24 80');
    writer.resize(100, 30);
    await writer.whenText('30 100');
    const resized = writer.events('resized').find(({ data }) => data.cols === 100);
    expect(resized?.data).toMatchObject({ cols: 100, rows: 30, owner: writer.writerId });
    // Told in order with the bytes.
    expect(resized?.at).toBe(resized?.data.offset);
    expect(writer.text.indexOf('30 100')).toBeGreaterThanOrEqual(resized?.data.offset ?? Infinity);
    const { sizes } = await host.client.request('info', { sessionId: session.sessionId });
    expect(sizes).toEqual([
      { offset: 0, cols: 80, rows: 24 },
      { offset: resized?.data.offset, cols: 100, rows: 30 },
    ]);
  });

  test('what waits in a paused terminal was written at the old size', async () => {
    const file = host.file('printed');
    const session = await host.script(`head -c 8000 /dev/zero | tr '\\0' x; echo 1 > ${file}; read`);
    const writer = await host.attach(session, { acknowledges: false, windowBytes: 1000 });
    await pidIn(file);
    writer.resize(100, 30);
    await eventually(async () => {
      const { sizes } = await host.client.request('info', { sessionId: session.sessionId });
      expect(sizes.at(-1)).toEqual({ offset: 8000, cols: 100, rows: 30 });
    });
    expect(writer.events('resized').filter(({ data }) => data.cols === 100)).toEqual([]);
    await host.client.request('terminate', { sessionId: session.sessionId });
  });

  test('in a flood, each attachment hears of a resize between the same two bytes', async () => {
    const session = await host.script('read; seq 1 300000');
    const writer = await host.attach(session);
    const viewer = await host.attach(session, { role: 'viewer' });
    writer.type('\n');
    for (let cols = 100; cols < 140; cols++) {
      writer.resize(cols, 30);
      const before = writer.next;
      await eventually(() => expect(writer.exit !== undefined || writer.next > before).toBe(true));
    }
    await Promise.all([writer.whenExited(), viewer.whenExited()]);
    for (const { data, at } of [...writer.events('resized'), ...viewer.events('resized')]) expect(at).toBe(data.offset);
    expect(writer.events('resized').map(({ data }) => data)).toEqual(viewer.events('resized').map(({ data }) => data));
    expect(sha256(viewer.bytes)).toBe(sha256(writer.bytes));
  });

  test('the size belongs to who typed last; attaching never resizes; a viewer never owns it', async () => {
    const session = await host.script('cat');
    const first = await host.attach(session);
    const second = await host.attach(session);
    const viewer = await host.attach(session, { role: 'viewer' });
    second.resize(132, 43);
    viewer.resize(20, 5);
    await eventually(() => expect(second.events('resized')).toHaveLength(1));
    expect(second.events('resized')[0]?.data).toMatchObject({ cols: 80, rows: 24, owner: first.writerId });
    second.type('x');
    await eventually(() =>
      expect(first.events('resized').at(-1)?.data).toMatchObject({ cols: 132, rows: 43, owner: second.writerId }),
    );
    first.type('y');
    await eventually(() => expect(second.events('resized').at(-1)?.data).toMatchObject({ cols: 80, rows: 24 }));
    await host.client.request('terminate', { sessionId: session.sessionId });
  });
});

describe('input', () => {
  test('a paste of 4 MB arrives exactly', async () => {
    const paste = Buffer.from(randomBytes(3 * 1024 * 1024).toString('base64'));
    const session = await host.script(`stty raw -echo; echo ready; head -c ${paste.length} | sha256sum`);
    const terminal = await host.attach(session);
    await terminal.whenText('ready');
    terminal.type(paste);
    await terminal.whenInputTaken();
    await terminal.whenText(sha256(paste));
  });

  test('frames that come twice, overlap or leave a gap are typed once and in order', async () => {
    const session = await host.script('stty raw -echo; echo ready; head -c 10; echo; read');
    const terminal = await host.attach(session);
    await terminal.whenText('ready');
    const bytes = Buffer.from('0123456789');
    terminal.sendFrame(0, bytes.subarray(0, 4));
    terminal.sendFrame(0, bytes.subarray(0, 4));
    terminal.sendFrame(2, bytes.subarray(2, 6));
    terminal.sendFrame(8, bytes.subarray(8));
    await eventually(() =>
      expect(terminal.events('input-refused')[0]?.data).toEqual({ code: 'input_gap', inputOffset: 6 }),
    );
    terminal.sendFrame(6, bytes.subarray(6));
    await terminal.whenText('0123456789');
    expect(terminal.inputAcknowledged).toBe(10);
  });

  test('a viewer is refused, an older attachment of a writer is taken over, an ended terminal takes nothing', async () => {
    const session = await host.script('stty -echo; cat');
    const viewer = await host.attach(session, { role: 'viewer' });
    viewer.sendFrame(0, Buffer.from('v'));
    await eventually(() => expect(viewer.events('input-refused')[0]?.data.code).toBe('read_only'));
    const old = await host.attach(session);
    const young = await host.attach(session, { writerId: old.writerId.toUpperCase() });
    old.sendFrame(0, Buffer.from('o'));
    await eventually(() => expect(old.events('input-refused')[0]?.data.code).toBe('taken_over'));
    young.type('young\n');
    await young.whenText('young');
    await host.client.request('terminate', { sessionId: session.sessionId });
    await young.whenExited();
    young.type('late');
    await eventually(() => expect(young.events('input-refused').at(-1)?.data.code).toBe('session_ended'));
  });

  test('input without an attachment is answered once it was written, and refused once nobody reads it any more', async () => {
    const session = await host.script('stty raw -echo; echo ready; head -c 5; sleep 60');
    const terminal = await host.attach(session);
    await terminal.whenText('ready');
    const type = (text: string): Promise<{ bytes: number }> =>
      host.client.request('type', { sessionId: session.sessionId, base64: Buffer.from(text).toString('base64') });
    expect(await type('hello')).toEqual({ bytes: 5 });
    expect(await type('')).toEqual({ bytes: 0 });
    await terminal.whenText('hello');
    // More than a PTY holds: the rest waits for a reader that never comes.
    const waiting = type('x'.repeat(512 * 1024));
    waiting.catch(() => undefined);
    await host.client.request('terminate', { sessionId: session.sessionId });
    await expect(waiting).rejects.toMatchObject({ code: 'input_overflow' });
  });
});

describe('ending', () => {
  test('whoever ignores HUP and TERM, left the session, is stopped or runs under nohup ends all the same', async () => {
    const session = await host.script(
      [
        'trap "" HUP TERM',
        '(trap "" HUP TERM; while :; do sleep 1; done) &',
        'setsid -f bash -c \'trap "" HUP TERM; while :; do sleep 1; done\'',
        'nohup sleep 1000 >/dev/null 2>&1 &',
        'sleep 1001 & kill -STOP $!',
        'echo ready; wait; while :; do sleep 1; done',
      ].join('\n'),
    );
    const terminal = await host.attach(session);
    await terminal.whenText('ready');
    await eventually(() => expect(host.leftovers([session.sessionId]).length).toBeGreaterThanOrEqual(6));
    const members = host.leftovers([session.sessionId]);
    await host.client.request('terminate', { sessionId: session.sessionId });
    expect(await terminal.whenExited()).toMatchObject({ signal: 'KILL', reason: 'terminated' });
    await gone(members);
    expect(host.leftovers([session.sessionId])).toEqual([]);
  });

  test('a signal goes to the job in the foreground', async () => {
    const session = await host.create('/bin/bash', ['--norc', '--noprofile', '-i']);
    const terminal = await host.attach(session);
    terminal.type('trap "" INT; echo one; sleep 1000 || echo two; exit 5\n');
    await terminal.whenText('\rone\r\n');
    await eventually(() => {
      terminal.signal('TERM');
      expect(terminal.text).toContain('two\r\n');
    });
    expect(await terminal.whenExited()).toMatchObject({ exitCode: 5 });
  });
});

describe('the broker', () => {
  /** Types and prints at the same time; `harm` happens ten times at random moments in between. */
  async function run(
    rounds: number,
    harm: () => Promise<void>,
  ): Promise<{ terminal: TestAttachment; typed: string; read: string }> {
    const file = host.file(`typed-${randomBytes(4).toString('hex')}`);
    const session = await host.script(
      `stty raw -echo
       (i=0; while [ ! -e ${file}.done ]; do i=$((i+1)); echo "line $i"; sleep 0.03; done; echo "$i lines") &
       cat > ${file}`,
    );
    const terminal = await host.attach(session);
    await terminal.whenText('line 3\n');
    let typed = '';
    let over = false;
    const typing = (async () => {
      for (let i = 0; !over; i++) {
        const word = `<${i}>`;
        typed += word;
        terminal.type(word);
        await new Promise((resolve) => setTimeout(resolve, 3 + Math.random() * 10));
      }
    })();
    for (let round = 0; round < rounds; round++) {
      const lines = terminal.next;
      await eventually(() => expect(terminal.next).toBeGreaterThan(lines + 20));
      await harm();
    }
    over = true;
    await typing;
    await terminal.whenInputTaken();
    const length = typed.length - terminal.ambiguous.reduce((sum, { from, to }) => sum + to - from, 0);
    await eventually(() => expect(fs.statSync(file).size).toBeGreaterThanOrEqual(length));
    fs.writeFileSync(`${file}.done`, '');
    await terminal.whenText(/\d lines/);
    await host.client.request('terminate', { sessionId: session.sessionId });
    await terminal.whenExited();
    return { terminal, typed, read: fs.readFileSync(file, 'latin1') };
  }

  function expectExactOutput(terminal: TestAttachment): void {
    const lines = terminal.text.split('\n').filter((line) => line.startsWith('line'));
    expect(lines).toEqual(lines.map((_, index) => `line ${index + 1}`));
    expect(terminal.text).toContain(`${lines.length} lines`);
    expect(terminal.gaps).toBe(0);
  }

  /** `read` is `typed`, where each ambiguous range may be there or not. */
  function expectExactInput(terminal: TestAttachment, typed: string, read: string): void {
    let at = 0;
    let from = 0;
    for (const range of terminal.ambiguous) {
      expect(range.to - range.from).toBeLessThanOrEqual(AMBIGUOUS_LIMIT);
      const certain = typed.slice(from, range.from);
      expect(read.slice(at, at + certain.length)).toBe(certain);
      at += certain.length;
      const doubtful = typed.slice(range.from, range.to);
      const rest = typed.slice(range.to, range.to + 32);
      if (read.startsWith(doubtful + rest, at)) at += doubtful.length;
      from = range.to;
    }
    expect(read.slice(at)).toBe(typed.slice(from));
  }

  test('killed ten times while output flows and somebody types: output exact, input once or reported', async () => {
    const { terminal, typed, read } = await run(10, async () => {
      const before = host.brokerPid;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
      process.kill(before, 'SIGKILL');
      await host.nextBroker(before);
    });
    expect(terminal.losses).toBe(10);
    expectExactOutput(terminal);
    expectExactInput(terminal, typed, read);
  });

  test('killed in the middle of a flood, it loses no byte', async () => {
    const session = await host.script('seq 1 2000000', { transcriptBytes: 64 * 1024 * 1024 });
    const terminal = await host.attach(session);
    for (let kills = 0; kills < 5; kills++) {
      const before = { pid: host.brokerPid, next: terminal.next };
      await eventually(() => expect(terminal.next).toBeGreaterThan(before.next + 300_000));
      process.kill(before.pid, 'SIGKILL');
      await host.nextBroker(before.pid);
    }
    await terminal.whenExited();
    expect(terminal.losses).toBe(5);
    expect(sha256(terminal.bytes)).toBe(sha256(sequence(2_000_000)));
  });

  test('upgraded five times while output flows and somebody types: nothing is ambiguous', async () => {
    const { terminal, typed, read } = await run(5, async () => {
      const before = host.brokerPid;
      process.kill(host.keeperPid, 'SIGUSR2');
      await host.nextBroker(before);
    });
    expect(terminal.ambiguous).toEqual([]);
    expectExactOutput(terminal);
    expect(read).toBe(typed);
  });

  test('a shell that exits while no broker runs still reports its last words and its exit', async () => {
    const file = host.file('go');
    const session = await host.script(`echo $$ ready; while [ ! -e ${file} ]; do sleep 0.01; done; seq 1 300; exit 7`);
    const terminal = await host.attach(session);
    await terminal.whenText('ready');
    const { brokerPid: before, keeperPid } = host;
    // A keeper that stands still starts no successor.
    process.kill(keeperPid, 'SIGSTOP');
    process.kill(before, 'SIGKILL');
    await gone([before]);
    fs.writeFileSync(file, '');
    await gone([session.pid]);
    process.kill(keeperPid, 'SIGCONT');
    expect(await terminal.whenExited()).toMatchObject({ exitCode: 7, signal: null, reason: 'exited' });
    expect(terminal.text).toContain('299\r\n300\r\n');
  });

  test('a broker that is killed while it ends a terminal has a successor that goes on with it', async () => {
    const session = await host.script('trap "" HUP TERM; setsid -f sleep 1000; echo ready; while :; do sleep 1; done');
    const terminal = await host.attach(session);
    await terminal.whenText('ready');
    const members = host.leftovers([session.sessionId]);
    const before = host.brokerPid;
    await host.client.request('terminate', { sessionId: session.sessionId });
    process.kill(before, 'SIGKILL');
    expect(await terminal.whenExited()).toMatchObject({ signal: 'KILL', reason: 'terminated' });
    await gone(members);
  });

  test('a shell whose creation was the last wish of a broker is found by its successor', async () => {
    const request = host.createRequest('/bin/bash', ['-c', 'echo ready; read']);
    const { brokerPid: before, keeperPid } = host;
    process.kill(keeperPid, 'SIGSTOP');
    const answer = host.client.request('create', request).catch(() => undefined);
    // The wish was sent once the record is there.
    const files = new SessionFiles(path.join(host.directory, 'sessions'), request.sessionId);
    await eventually(() => expect(files.read()).toBeDefined());
    await host.info(request.sessionId).catch(() => undefined);
    process.kill(before, 'SIGKILL');
    await gone([before]);
    process.kill(keeperPid, 'SIGCONT');
    await answer;
    await host.nextBroker(before);
    const { created, session } = await host.client.request('create', request);
    expect({ created, exit: session.exit }).toEqual({ created: false, exit: null });
    await (await host.attach(session)).whenText('ready');
    expect(host.leftovers([request.sessionId])).toEqual([session.pid]);
    await host.client.request('terminate', { sessionId: request.sessionId });
  });

  test('a session that was never started is made anew when it is asked for again', async () => {
    const request = host.createRequest('/bin/bash', ['-c', 'echo ready; read']);
    new SessionFiles(path.join(host.directory, 'sessions'), request.sessionId).create({
      ...request,
      epoch: 'never',
      incarnation: 1,
      createdAt: 1,
    });
    const before = host.brokerPid;
    process.kill(host.keeperPid, 'SIGUSR2');
    await host.nextBroker(before);
    const { created, session } = await host.client.request('create', request);
    expect({ created, exit: session.exit }).toEqual({ created: true, exit: null });
    await (await host.attach(session)).whenText('ready');
    await host.client.request('terminate', { sessionId: request.sessionId });
  });

  test('create is answered once, even when the broker dies on the way', async () => {
    for (let round = 0; round < 5; round++) {
      const request = host.createRequest('/bin/bash', ['-c', 'echo ready; read']);
      const before = host.brokerPid;
      const answer = host.client.request('create', request).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, round));
      process.kill(before, 'SIGKILL');
      await answer;
      await host.nextBroker(before);
      const { session } = await eventually(() => host.client.request('create', request));
      expect(session.exit).toBeNull();
      await (await host.attach(session)).whenText('ready');
      expect(host.leftovers([request.sessionId])).toEqual([session.pid]);
      await host.client.request('terminate', { sessionId: request.sessionId });
    }
  });
});

describe('who may connect', () => {
  (isRoot ? test : test.skip)('another user is refused, even where the directory would let it in', async () => {
    fs.chmodSync(host.dataDirectory, 0o711);
    fs.chmodSync(host.directory, 0o711);
    fs.chmodSync(host.socketPath, 0o777);
    const script = `const s=require('net').connect(${JSON.stringify(host.socketPath)});
      s.on('connect',()=>console.log('connected'));s.on('error',(e)=>console.log(e.code));s.on('close',()=>console.log('closed'))`;
    const stranger = spawn(process.execPath, ['-e', script], {
      uid: 65534,
      gid: 65534,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    stranger.stdout.on('data', (chunk) => (said += String(chunk)));
    await new Promise((resolve) => stranger.once('close', resolve));
    expect(said).toBe('connected\nclosed\n');
    expect(fs.readFileSync(path.join(host.directory, 'host.log'), 'utf8')).toContain(
      'refused a connection of uid 65534',
    );
  });

  test('nobody but the owner may look into the directory', () => {
    expect(fs.statSync(path.join(host.directory, 'sessions')).mode & 0o777).toBe(0o700);
  });

  test('what is no frame ends that connection and no other', async () => {
    const terminal = await host.attach(await host.script('cat'));
    const { connect } = await import('node:net');
    const socket = connect(host.socketPath);
    socket.write(Buffer.alloc(64, 0xff));
    await new Promise((resolve) => socket.once('close', resolve));
    terminal.type('still here\n');
    await terminal.whenText('still here\r\nstill here');
    expect(terminal.losses).toBe(0);
  });
});

describe('a host that dies', () => {
  let fragile: TestPtyHost;

  beforeEach(async () => {
    fragile = await TestPtyHost.start();
  });

  afterEach(() => fragile.stop());

  test('without its keeper it goes on with the terminals it has, makes no new ones, and leaves when they ended', async () => {
    const session = await fragile.script('stty -echo; cat');
    const terminal = await fragile.attach(session);
    process.kill(fragile.keeperPid, 'SIGKILL');
    terminal.type('still here\n');
    await terminal.whenText('still here');
    await eventually(() =>
      expect(fragile.client.request('create', fragile.createRequest('/bin/true'))).rejects.toMatchObject({
        code: 'host_unavailable',
      }),
    );
    const before = fragile.brokerPid;
    terminal.type('\x04');
    expect(await terminal.whenExited()).toMatchObject({ exitCode: null, signal: null, reason: 'exited' });
    await fragile.nextBroker(before);
    const next = await fragile.attach(await fragile.script('echo a new host'));
    await next.whenText('a new host');
  });

  test('with keeper and broker killed, the next one reports the terminals as lost, keeps their output and ends what is left', async () => {
    const session = await fragile.script('setsid -f sleep 1000; echo output; cat');
    const terminal = await fragile.attach(session);
    await terminal.whenText('output');
    const leftovers = fragile.leftovers();
    const { brokerPid, keeperPid } = fragile;
    process.kill(keeperPid, 'SIGKILL');
    process.kill(brokerPid, 'SIGKILL');
    expect(await terminal.whenExited()).toMatchObject({ exitCode: null, signal: null, reason: 'host-lost' });
    expect(terminal.text).toContain('output');
    await gone(leftovers);
    const lost = await fragile.info(session.sessionId);
    expect(lost.incarnation).toBeLessThan(fragile.client.identity?.incarnation ?? 0);
    const bytes = await fragile.client.request('read', { sessionId: session.sessionId, from: 0, max: 100 });
    expect(Buffer.from(bytes).toString()).toContain('output');
  });

  test('told to shut down, it leaves no process', async () => {
    const session = await fragile.script('setsid -f bash -c \'trap "" HUP; sleep 1000\'; echo ready; cat');
    await (await fragile.attach(session)).whenText('ready');
    const pids = [...fragile.leftovers(), fragile.brokerPid, fragile.keeperPid];
    fragile.client.close();
    process.kill(fragile.keeperPid, 'SIGTERM');
    await gone(pids);
  });
});
