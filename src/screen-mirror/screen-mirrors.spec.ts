import { Clock } from '../kernel/clock';
import { MemoryTranscriptSource } from './memory-transcript-source';
import type { ScreenMirrorOptions } from './screen-mirror-options';
import { ScreenMirrors } from './screen-mirrors';
import { FakeWorkerThread } from './test-support/fake-worker-thread';
import { clientTerminal, stateOf, write } from './test-support/terminal-state';
import type { Job } from './worker/messages';

class ManualClock extends Clock {
  time = 0;
  now(): number {
    return this.time;
  }
  monotonic(): number {
    return this.time;
  }
}

const MIB = 1024 * 1024;
const open: ScreenMirrors[] = [];

function setUp(options: Partial<ScreenMirrorOptions> = {}, fate?: (job: Job) => 'answer' | 'hang' | 'die') {
  const source = new MemoryTranscriptSource();
  const clock = new ManualClock();
  const threads: FakeWorkerThread[] = [];
  const mirrors = new ScreenMirrors(source, clock, options, () => {
    const thread = new FakeWorkerThread(fate);
    threads.push(thread);
    return thread;
  });
  open.push(mirrors);
  const jobs = (op: Job['op']) => threads.flatMap((thread) => thread.jobs).filter((job) => job.op === op);
  return { source, clock, mirrors, threads, jobs };
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((mirrors) => mirrors.onModuleDestroy()));
});

describe('a snapshot of a session', () => {
  it('is its screen at the end of the transcript', async () => {
    const { source, mirrors } = setUp();
    source.session('s', 40, 10).write('\x1b]2;title\x07hello \x1b[1mworld');
    const snapshot = await mirrors.snapshot('s');
    expect(snapshot).toMatchObject({
      epoch: 'epoch-1',
      offset: source.session('s').end,
      cols: 40,
      rows: 10,
      title: 'title',
    });
    const client = clientTerminal(40, 10);
    write(client, snapshot.bytes);
    const direct = clientTerminal(40, 10);
    write(direct, source.session('s').slice(0, MIB));
    expect(stateOf(client)).toEqual(stateOf(direct));
  });

  it('is drawn from what lies behind damage, wherever that is', async () => {
    const { source, mirrors } = setUp();
    const session = source.session('s').write(`lost\r\n${'x'.repeat(100)}\r\n`);
    session.damagedTo = session.end;
    session.write('whole');
    const snapshot = await mirrors.snapshot('s');
    expect(snapshot.offset).toBe(session.end);
    expect(snapshot.bytes.toString()).toContain('whole');
    expect(snapshot.bytes.toString()).not.toContain('lost');
    // In the middle, and then everything.
    session.write('\r\nmore');
    [session.damagedFrom, session.damagedTo] = [session.end - 4, session.end - 2];
    expect((await mirrors.snapshot('s')).bytes.toString()).toContain('re');
    [session.damagedFrom, session.damagedTo] = [0, session.end];
    mirrors.evict('s');
    expect((await mirrors.snapshot('s')).offset).toBe(session.end);
  });

  it('reads only what is new since the one before', async () => {
    const { source, mirrors } = setUp();
    source.session('s').write('first');
    await mirrors.snapshot('s');
    source.session('s').write(' second');
    expect((await mirrors.snapshot('s')).bytes.toString()).toContain('first second');
    expect(source.reads.map(({ from, bytes }) => [from, bytes])).toEqual([
      [0, 5],
      [5, 7],
    ]);
    expect(mirrors.stats()).toMatchObject({ mirrors: 1, rebuilds: 1 });
  });

  it('is drawn once for everybody who asks at the same time, and while nothing is new', async () => {
    const { source, mirrors, jobs } = setUp();
    source.session('s').write('x');
    await Promise.all(Array.from({ length: 50 }, () => mirrors.snapshot('s')));
    await mirrors.snapshot('s');
    expect(jobs('snapshot')).toHaveLength(1);
  });

  it('goes up to the end known when asked, however fast the session writes', async () => {
    const { source, mirrors } = setUp();
    const session = source.session('s').write('x'.repeat(3 * MIB));
    const read = source.read.bind(source);
    source.read = (id, from, max) => {
      session.write('more');
      return read(id, from, max);
    };
    expect((await mirrors.snapshot('s')).offset).toBe(3 * MIB);
  });

  it('draws each part at the size it was written at', async () => {
    const { source, mirrors } = setUp();
    source.session('s', 10, 4).write('0123456789').resize(20, 6).write('abcdefghij').resize(30, 8);
    expect(await mirrors.snapshot('s')).toMatchObject({ cols: 30, rows: 8 });
    expect((await mirrors.text('s')).lines[0]).toBe('0123456789abcdefghij');
  });

  it('shows a resize that no output followed', async () => {
    const { source, mirrors } = setUp();
    source.session('s', 10, 4).write('x');
    await mirrors.snapshot('s');
    source.session('s').resize(20, 6);
    expect(await mirrors.snapshot('s')).toMatchObject({ cols: 20, rows: 6 });
  });

  it('starts again when bytes it has not seen are gone, at a line', async () => {
    const { source, mirrors } = setUp();
    const session = source.session('s').write('old');
    await mirrors.snapshot('s');
    session.write('x'.repeat(100)).write('\r\nnew line').drop(50);
    expect((await mirrors.text('s')).lines[0]).toBe('new line');
    expect(mirrors.stats().rebuilds).toBe(2);
  });

  it('starts again when the process was replaced', async () => {
    const { source, mirrors } = setUp();
    source.session('s').write('old process');
    await mirrors.snapshot('s');
    source.session('s').replaceProcess('epoch-2').write('new process, longer');
    const snapshot = await mirrors.snapshot('s');
    expect(snapshot.epoch).toBe('epoch-2');
    expect((await mirrors.text('s')).lines[0]).toBe('new process, longer');
  });

  it('parses at most the last 16 MiB of a long transcript', async () => {
    const { source, mirrors } = setUp();
    source
      .session('s')
      .write(Buffer.alloc(18 * MIB, `${'x'.repeat(70)}\r\n`))
      .write('end');
    expect((await mirrors.text('s')).lines.at(-1)).toContain('end');
    expect(Math.min(...source.reads.map(({ from }) => from))).toBeGreaterThanOrEqual(2 * MIB);
  });

  it('fails with the error of the transcript when that cannot be read', async () => {
    const { source, mirrors } = setUp();
    source.info = () => Promise.reject(new Error('host away'));
    await expect(mirrors.snapshot('s')).rejects.toThrow('host away');
  });
});

describe('the text of a screen', () => {
  it('is its visible lines and where the cursor is', async () => {
    const { source, mirrors } = setUp();
    source.session('s', 20, 3).write('1\r\n2\r\n3\r\n\x1b[31mvier');
    expect(await mirrors.text('s')).toEqual({
      offset: 18,
      lines: ['2', '3', 'vier'],
      cursor: { x: 4, y: 2 },
      bracketedPaste: false,
    });
  });
});

describe('answers to queries', () => {
  it('are those behind the offset, also when a snapshot parsed them before', async () => {
    const { source, mirrors } = setUp();
    source.session('s').write('\x1b[6n').write('ab\x1b[6n');
    await mirrors.snapshot('s');
    const answers = await mirrors.answer('s', 4);
    expect(answers.map(({ offset, bytes }) => [offset, bytes.toString()])).toEqual([[10, '\x1b[1;3R']]);
    expect(await mirrors.answer('s', 10)).toEqual([]);
  });
});

describe('mirrors are evicted', () => {
  it('the least recently used first, beyond their number', async () => {
    const { source, mirrors, jobs } = setUp({ maxMirrors: 2 });
    for (const id of ['a', 'b', 'a', 'c']) {
      source.session(id).write('x');
      await mirrors.snapshot(id);
    }
    expect(mirrors.stats().mirrors).toBe(2);
    expect(jobs('close').map(({ session }) => session)).toEqual(['b']);
  });

  it('beyond their estimated bytes', async () => {
    const { source, mirrors } = setUp({ maxBytes: 70_000 });
    for (const id of ['a', 'b', 'c']) {
      source.session(id).write('x\r\n'.repeat(20));
      await mirrors.snapshot(id);
    }
    expect(mirrors.stats().mirrors).toBeLessThan(3);
    expect(mirrors.stats().bytes).toBeLessThanOrEqual(70_000);
  });

  it('when nobody asks for them, and come back when somebody does', async () => {
    const { source, mirrors, clock } = setUp({ idleMs: 1000 });
    source.session('s').write('still there');
    await mirrors.snapshot('s');
    clock.time = 999;
    mirrors.evictIdle();
    expect(mirrors.stats().mirrors).toBe(1);
    clock.time = 1000;
    mirrors.evictIdle();
    expect(mirrors.stats()).toMatchObject({ mirrors: 0, bytes: 0 });
    expect((await mirrors.text('s')).lines[0]).toBe('still there');
  });

  it('when told to', async () => {
    const { source, mirrors, jobs } = setUp();
    source.session('s').write('x');
    await mirrors.snapshot('s');
    mirrors.evict('s');
    expect(mirrors.stats().mirrors).toBe(0);
    expect(jobs('close')).toHaveLength(1);
  });
});

describe('a session that breaks the emulator', () => {
  const hangsOn = (session: string) => (job: Job) => (job.op === 'feed' && job.session === session ? 'hang' : 'answer');

  it('costs the worker, which is replaced, and is shown as plain text for a while', async () => {
    const { source, mirrors, threads, clock } = setUp({ jobTimeoutMs: 20, poisonedMs: 1000 }, hangsOn('bad'));
    source.session('bad', 20, 2).write('one\r\n\x1b[31mtwo\r\nthree');
    const snapshot = await mirrors.snapshot('bad');
    expect(snapshot).toMatchObject({
      bytes: Buffer.from('two\r\nthree'),
      offset: source.session('bad').end,
      epoch: 'epoch-1',
    });
    expect(threads[0]?.terminated).toBe(true);
    expect(mirrors.stats().workerRestarts).toBe(1);

    expect((await mirrors.text('bad')).lines).toEqual(['two', 'three']);
    expect(await mirrors.answer('bad', 0)).toEqual([]);
    expect(mirrors.stats().workerRestarts).toBe(1);

    clock.time = 1000;
    await mirrors.snapshot('bad');
    expect(mirrors.stats().workerRestarts).toBe(2);
  });

  it('does not take other sessions along: theirs are parsed again', async () => {
    const { source, mirrors } = setUp({ jobTimeoutMs: 20 }, hangsOn('bad'));
    source.session('good').write('fine');
    source.session('bad').write('x');
    await mirrors.snapshot('good');
    const [, good] = await Promise.all([mirrors.snapshot('bad'), mirrors.text('good')]);
    expect(good.lines[0]).toBe('fine');
    source.session('good').write(' and well');
    expect((await mirrors.text('good')).lines[0]).toBe('fine and well');
  });

  it('is poisoned as well when the worker dies of it', async () => {
    const { source, mirrors } = setUp({}, (job) => (job.op === 'feed' ? 'die' : 'answer'));
    source.session('bad').write('last words');
    expect((await mirrors.snapshot('bad')).bytes.toString()).toBe('last words');
    expect(mirrors.stats()).toMatchObject({ mirrors: 0, workerRestarts: 1 });
  });

  it('is drawn from its last screens when all of it costs too much', async () => {
    const { source, mirrors } = setUp();
    source
      .session('s', 200, 200)
      .write('\x1b[2J'.repeat(100_000))
      .write(`${'x'.repeat(100)}\r\n`.repeat(2000))
      .write('\x1b[1mend');
    const snapshot = await mirrors.snapshot('s');
    expect(snapshot.bytes.toString()).toContain('\x1b[0;1mend');
    expect(mirrors.stats()).toMatchObject({ mirrors: 1, rebuilds: 2 });
  });

  it('is plain text when even those cost too much', async () => {
    const { source, mirrors, jobs } = setUp();
    source.session('s', 500, 500).write(`x\x1b[2J`.repeat(40_000)).write('end');
    const drawn = (await mirrors.snapshot('s')).bytes.toString();
    expect([drawn.slice(-4), drawn.includes('\x1b')]).toEqual(['xend', false]);
    const tried = jobs('feed').length;
    await mirrors.snapshot('s');
    expect(jobs('feed')).toHaveLength(tried);
  });
});

it('refuses after shutdown', async () => {
  const { source, mirrors } = setUp();
  source.session('s').write('x');
  await mirrors.onModuleDestroy();
  await expect(mirrors.snapshot('s')).rejects.toMatchObject({ code: 'closed' });
});
