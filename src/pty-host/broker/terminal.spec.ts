import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { eventually } from '../../../test/support/eventually';
import { setCloseOnExec } from '../native/libc';
import { forkPty } from '../native/pty';
import type { AttachmentEvents } from '../wire/host-messages';
import { PREFIX_BYTES } from '../wire/host-frames';
import type { FrameSink } from './attachment';
import { MAX_WRITERS } from './input-ledger';
import { SessionFiles, type SessionRecord } from './session-files';
import { Terminal, type TerminalContext } from './terminal';
import { TranscriptStore } from './transcript-store';

let directory: string;
let files: SessionFiles;
let released: string[];
let broadcasts: string[];
let terminal: Terminal;
const pids: number[] = [];

const record: SessionRecord = {
  sessionId: `s-${randomUUID()}`,
  epoch: 'e1',
  incarnation: 1,
  createdAt: 1,
  cols: 80,
  rows: 24,
  transcriptBytes: 1024 * 1024,
};

const clock = { now: Date.now, monotonic: () => performance.now() };

const context: TerminalContext = {
  transcripts: new TranscriptStore(clock, () => undefined),
  now: Date.now,
  monotonic: () => performance.now(),
  broadcast: (event) => broadcasts.push(event),
  release: (sessionId) => released.push(sessionId),
};

class Sink implements FrameSink {
  readonly congested = false;
  readonly events: [string, unknown][] = [];
  text = '';

  write(frame: Buffer): boolean {
    this.text += frame.toString('latin1', PREFIX_BYTES);
    return true;
  }

  event<K extends keyof AttachmentEvents>(_channel: number, event: K, data: AttachmentEvents[K]): void {
    this.events.push([event, data]);
  }

  acknowledgeInput(): void {
    return;
  }
}

beforeEach(() => {
  directory = fs.mkdtempSync('/tmp/hf-terminal-');
  files = new SessionFiles(directory, record.sessionId);
  files.create(record);
  released = [];
  broadcasts = [];
  terminal = new Terminal(record, files, context);
});

afterEach(() => {
  jest.restoreAllMocks();
  terminal.close();
  for (const pid of pids.splice(0)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended.
    }
  }
  fs.rmSync(directory, { recursive: true, force: true });
});

function run(script: string): number {
  const mine = terminal;
  const { fd, pid } = forkPty({
    file: '/bin/sh',
    args: ['-c', script],
    env: ['PATH=/usr/bin:/bin'],
    cols: 80,
    rows: 24,
    onExit: (exitCode, signal) => mine.onProcessExit({ exitCode, signal }),
  });
  setCloseOnExec(fd);
  pids.push(pid);
  terminal.adopt(fd, pid, null);
  return pid;
}

function attach(sink: FrameSink, change: { writerId?: string; role?: 'writer' | 'viewer'; offset?: number } = {}) {
  const { writerId = randomUUID(), role = 'writer', offset = 0 } = change;
  const options = { channel: 1, writerId, role, cols: 80, rows: 24, windowBytes: 262_144, replayBytes: 1_048_576 };
  const { attachment } = terminal.attach(options, sink, { epoch: 'e1', offset });
  terminal.flow(attachment);
  return attachment;
}

const text = async (): Promise<string> => (await terminal.read(0, 1_000_000)).toString('latin1');

function fillDisk(): () => void {
  const refuse = (): never => {
    throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  };
  const { writeSync } = fs;
  const spies = [
    jest.spyOn(fs, 'writeFileSync').mockImplementation(refuse),
    jest.spyOn(fs, 'appendFileSync').mockImplementation(refuse),
    // The PTY is no disk.
    jest
      .spyOn(fs, 'writeSync')
      .mockImplementation(((fd: number, ...rest: [Uint8Array, number, number]) =>
        fs.readlinkSync(`/proc/self/fd/${fd}`).includes('ptmx')
          ? writeSync(fd, ...rest)
          : refuse()) as typeof fs.writeSync),
  ];
  return () => spies.forEach((spy) => spy.mockRestore());
}

test('on a full disk a terminal goes on, is resized, and ends; everything is on disk once there is room', async () => {
  run('stty -echo; echo before; read x; echo after; exit 3');
  await eventually(async () => expect(await text()).toContain('before'));
  const sink = new Sink();
  attach(sink);
  const makeRoom = fillDisk();
  terminal.size.apply({ cols: 100, rows: 30 });
  expect(terminal.type(Buffer.from('\n'))).toBe(true);
  await eventually(() => expect(sink.events.map(([event]) => event)).toContain('exited'));
  expect(sink.text).toContain('after');
  expect(terminal.describe()).toMatchObject({ cols: 100, rows: 30, exit: { exitCode: 3 } });
  // The keeper remembers the exit until it is on disk.
  expect(released).toEqual([]);
  expect(files.read()?.exit).toBeUndefined();
  makeRoom();
  await eventually(() => expect(released).toEqual([record.sessionId]));
  expect(files.read()?.exit).toMatchObject({ exitCode: 3 });
  expect(files.readSizes().at(-1)).toMatchObject({ cols: 100, rows: 30 });
  const again = new Terminal(files.read() as SessionRecord, files, context);
  expect((await again.read(0, 1000)).toString()).toContain('after');
  again.close();
});

test('a new broker finds the newest title, wherever the transcript was cut into files', async () => {
  run(`printf '\\033]0;old\\007'; head -c 100000 /dev/zero | tr '\\0' x; printf '\\033]0;new\\007'; read x`);
  await eventually(() => expect(terminal.describe().title).toBe('new'));
  const again = new Terminal(record, files, context);
  expect(again.describe().title).toBe('new');
  again.close();
});

test('an ended terminal keeps no descriptor open, also after it was read', async () => {
  run('echo hello');
  await eventually(() => expect(terminal.ended).toBe(true));
  const mine = (): string[] =>
    fs.readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return fs.readlinkSync(`/proc/self/fd/${fd}`).includes(directory);
      } catch {
        return false;
      }
    });
  expect(await text()).toContain('hello');
  expect(mine()).toEqual([]);
  const attachment = attach(new Sink());
  terminal.detach(attachment);
  expect(mine()).toEqual([]);
});

test('an attachment of a terminal that is removed gets nothing more, and harms nobody', async () => {
  run('echo hello; exit 0');
  await eventually(() => expect(terminal.ended).toBe(true));
  const sink = new Sink();
  const attachment = attach(sink);
  terminal.discard((held) => held.removeSession());
  expect(() => {
    terminal.acknowledge(attachment, 3);
    terminal.setVisible(attachment, true);
    terminal.start(attachment, 0);
    terminal.detach(attachment);
  }).not.toThrow();
  expect(fs.existsSync(files.directory)).toBe(false);
});

test('viewers need no place among the writers, and one writer too many is refused', () => {
  run('cat');
  for (let i = 0; i < 100; i++) attach(new Sink(), { role: 'viewer' });
  for (let i = 0; i < MAX_WRITERS; i++) attach(new Sink());
  expect(() => attach(new Sink())).toThrow('writers are attached');
  attach(new Sink(), { role: 'viewer' });
});

test('unattended queries are reported at most four times a second', async () => {
  run(`i=0; while [ $i -lt 40 ]; do i=$((i+1)); printf '\\033[6n'; sleep 0.01; done; echo done`);
  await eventually(async () => expect(await text()).toContain('done'));
  const reported = broadcasts.filter((event) => event === 'unattended-query').length;
  expect(reported).toBeGreaterThan(0);
  expect(reported).toBeLessThanOrEqual(8);
});

test('the server may answer queries only while no writer looks, each at most once', async () => {
  run('stty raw -echo; echo ready; cat');
  await eventually(async () => expect(await text()).toContain('ready'));
  const { end } = terminal.describe();
  expect(terminal.answerQuery(end, Buffer.from('A'))).toBe(true);
  expect(terminal.answerQuery(end, Buffer.from('A'))).toBe(false);
  await eventually(async () => expect(await text()).toContain('A'));
  const attachment = attach(new Sink());
  expect(terminal.answerQuery(end + 1, Buffer.from('B'))).toBe(false);
  terminal.setVisible(attachment, false);
  expect(terminal.info().answerFrom).toBe(terminal.describe().end);
});

test('without a keeper it sees for itself that the process ended', async () => {
  const pid = run('echo bye; read x');
  await eventually(async () => expect(await text()).toContain('bye'));
  terminal.checkProcess();
  expect(terminal.ended).toBe(false);
  // As if nobody waited for the process.
  jest.spyOn(terminal, 'onProcessExit').mockImplementation(() => undefined);
  process.kill(pid, 'SIGKILL');
  await eventually(() => {
    terminal.checkProcess();
    expect(terminal.describe().exit).toEqual({ exitCode: null, signal: null, reason: 'exited' });
  });
});
