import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { PtyHostClient } from '../../src/pty-client/pty-host-client';
import type { HostSession } from '../../src/pty-host/wire/host-messages';
import { downloadTranscript } from '../../src/sessions/transcript-download';
import { eventually } from '../support/eventually';
import { TestPtyHost, kill } from '../support/pty-host';

const MIB = 1024 * 1024;
const MANY_LINES = 4_800_000;
/** Segments settle for 5 s before anything is done to them, and two cores are shared with other suites. */
const PATIENCE_MS = 120_000;
const isRoot = process.getuid?.() === 0;

let host: TestPtyHost;

beforeEach(async () => {
  host = await TestPtyHost.start();
});

afterEach(() => host.stop());

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** `seq 1 n` as a terminal shows it. */
function sequence(n: number): Buffer {
  return Buffer.from(Array.from({ length: n }, (_, index) => `${index + 1}\r\n`).join(''));
}

function filesOf({ sessionId }: HostSession, suffix: string): string[] {
  const directory = path.join(host.directory, 'sessions', Buffer.from(sessionId).toString('base64url'));
  return fs
    .readdirSync(directory)
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => path.join(directory, name));
}

async function ended(session: HostSession): Promise<HostSession> {
  return eventually(async () => {
    const info = await host.info(session.sessionId);
    if (!info.exit) throw new Error(`it is at ${info.end}`);
    return info;
  }, PATIENCE_MS);
}

async function download(
  session: HostSession,
  range: { from?: number; to?: number } = {},
  client: PtyHostClient = host.client,
): Promise<Buffer> {
  const { bytes } = await downloadTranscript(client, session.sessionId, range);
  return Buffer.concat((await Readable.from(bytes).toArray()) as Uint8Array[]);
}

test('40 MB are downloaded exactly while and after most of it is compressed, also by whoever kills the broker meanwhile', async () => {
  const session = await host.script(`seq 1 ${MANY_LINES}; read`, { transcriptBytes: 64 * MIB });
  const expected = sequence(MANY_LINES);
  await eventually(async () => expect((await host.info(session.sessionId)).end).toBe(expected.length), PATIENCE_MS);
  // Killed when the first segment was compressed: others are under way.
  await eventually(() => expect(filesOf(session, '.gz').length).toBeGreaterThan(0), PATIENCE_MS);
  for (let kills = 0; kills < 3; kills++) {
    const before = host.brokerPid;
    const done = filesOf(session, '.gz').length;
    kill(before, 'SIGKILL');
    await host.nextBroker(before);
    expect(sha256(await download(session))).toBe(sha256(expected));
    await eventually(() => expect(filesOf(session, '.gz').length).toBeGreaterThan(Math.min(done, 4)), PATIENCE_MS);
  }
  // All that lies more than 16 MiB behind the end.
  await eventually(() => expect(filesOf(session, '.out').length).toBeLessThanOrEqual(5), PATIENCE_MS);
  expect(filesOf(session, '.new')).toEqual([]);
  expect(sha256(await download(session))).toBe(sha256(expected));
  const [from, to] = [5_000_000, 5_100_000];
  expect((await download(session, { from, to })).equals(expected.subarray(from, to))).toBe(true);
  // Who insists on replaying all of it gets it, too.
  const slow = await host.attach(session, { offset: 0, replayBytes: 64 * MIB });
  slow.type('\n');
  await slow.whenExited();
  expect(sha256(slow.bytes.subarray(0, expected.length))).toBe(sha256(expected));
  await ended(session);
  await eventually(() => expect(filesOf(session, '.out')).toEqual([]), PATIENCE_MS);
  expect(sha256((await download(session)).subarray(0, expected.length))).toBe(sha256(expected));
  const { transcriptBytes } = await host.client.request('stats', {});
  expect(transcriptBytes).toBeLessThan(expected.length / 2);
}, 400_000);

test('a flipped bit is refused with its range, the rest is delivered, and who attaches there is told to jump', async () => {
  const session = await host.script('seq 1 400000', { transcriptBytes: 2 * MIB });
  const { start, end } = await ended(session);
  await eventually(() => expect(filesOf(session, '.out')).toEqual([]), PATIENCE_MS);
  const expected = sequence(400_000);
  const [, second, third] = filesOf(session, '.gz') as [string, string, string];
  const [from, to] = [second, third].map((file) => Number(path.basename(file, '.gz'))) as [number, number];
  const bytes = fs.readFileSync(second);
  bytes[1000] = (bytes[1000] as number) ^ 0x10;
  fs.writeFileSync(second, bytes);
  await expect(download(session, { from })).rejects.toMatchObject({
    code: 'transcript_damaged',
    options: { details: { from, to } },
  });
  await expect(download(session)).rejects.toMatchObject({ code: 'transcript_damaged' });
  expect((await download(session, { from: start, to: from })).equals(expected.subarray(start, from))).toBe(true);
  expect((await download(session, { from: to })).equals(expected.subarray(to, end))).toBe(true);
  const attachment = await host.attach(session, { offset: start, replayBytes: 16 * MIB });
  await eventually(() => expect(attachment.events('lagging').length).toBeGreaterThan(0));
  expect(expected.subarray(start, from).equals(attachment.bytes)).toBe(true);
});

test('all transcripts together keep their bound: the oldest of what ended first goes, the newest of nothing', async () => {
  const dropped: string[] = [];
  host.client.events.on('transcript-dropped', ({ sessionId }) => void dropped.push(sessionId));
  const sessions: HostSession[] = [];
  // What no gzip makes smaller.
  const noise = 'head -c 2000000 /dev/urandom | base64 -w 0';
  for (let i = 0; i < 3; i++) {
    sessions.push(await ended(await host.script(noise, { transcriptBytes: 8 * MIB })));
  }
  const running = await host.script(`${noise}; read`, { transcriptBytes: 8 * MIB });
  await eventually(async () => expect((await host.info(running.sessionId)).end).toBeGreaterThan(2.6e6), PATIENCE_MS);
  const before = (await host.client.request('stats', {})).transcriptBytes;
  const limit = 5 * MIB;
  await host.client.request('configure', { transcriptTotalBytes: limit });
  await eventually(async () => {
    const { transcriptBytes, transcriptDroppedBytes } = await host.client.request('stats', {});
    expect(transcriptBytes).toBeLessThanOrEqual(limit);
    // Compression takes a little away as well.
    expect(transcriptDroppedBytes).toBeGreaterThan(0.5 * (before - limit));
  }, PATIENCE_MS);
  expect(new Set(dropped)).not.toContain(running.sessionId);
  const [first, , third] = await Promise.all(sessions.map(({ sessionId }) => host.info(sessionId)));
  expect(first?.start).toBeGreaterThan(0);
  expect(first?.end).toBeGreaterThan(first?.start ?? 0);
  expect((await download(first as HostSession)).length).toBe((first?.end ?? 0) - (first?.start ?? 0));
  expect(third?.end).toBe(sessions[2]?.end);
  expect((await host.info(running.sessionId)).start).toBe(0);
  await host.client.request('terminate', { sessionId: running.sessionId });
});

test('times of output are told, and survive the broker but for their last second', async () => {
  const session = await host.script('for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.2; done; read');
  await eventually(async () => expect((await host.info(session.sessionId)).end).toBe(24));
  const range = { sessionId: session.sessionId, from: 0, to: 24 };
  const { marks } = await host.client.request('times', range);
  // On a busy machine two lines may be read at once.
  const lines = [0, 3, 6, 9, 12, 15, 18, 21];
  expect(lines).toEqual(expect.arrayContaining(marks.map(([offset]) => offset)));
  expect(marks.length).toBeGreaterThan(3);
  expect(marks.map(([, ms]) => ms)).toEqual(marks.map(([, ms]) => ms).sort((a, b) => a - b));
  const [first, last] = [marks[0], marks.at(-1)];
  expect((last?.[1] ?? 0) - (first?.[1] ?? 0)).toBeGreaterThan(700);
  expect(Math.abs((marks[0]?.[1] ?? 0) - session.createdAt)).toBeLessThan(60_000);
  const before = host.brokerPid;
  kill(before, 'SIGKILL');
  await host.nextBroker(before);
  // Asked for once, they were written.
  expect((await host.client.request('times', range)).marks).toEqual(marks);
  await host.client.request('terminate', { sessionId: session.sessionId });
});

// A small disk has to be mounted.
(isRoot ? test : test.skip)(
  'on a full disk, a flood waits and loses nothing, others go on, and new sessions are refused',
  async () => {
    const disk = path.join(host.directory, 'sessions');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m,mode=0700', 'tmpfs', disk]);
    try {
      const lines = 2_500_000;
      const expected = sequence(lines);
      const typing = await host.attach(await host.script('stty -echo; while read -r x; do echo "got $x"; done'));
      const flood = await host.script(`seq 1 ${lines}`, { transcriptBytes: 64 * MIB });
      await eventually(() => {
        const { bavail, bsize } = fs.statfsSync(disk);
        expect(bavail * bsize).toBeLessThan(16 * 1024);
      }, PATIENCE_MS);
      for (let i = 0; i < 20; i++) {
        typing.type(`${i}\n`);
        await typing.whenText(`got ${i}\r\n`);
      }
      await expect(host.script('echo new')).rejects.toMatchObject({ code: 'disk_full' });
      expect((await host.info(flood.sessionId)).exit).toBeNull();
      // Compression is tried, finds no room, and takes none away.
      const { end } = await host.info(flood.sessionId);
      expect((await download(flood, { to: end })).equals(expected.subarray(0, end))).toBe(true);
      execFileSync('mount', ['-o', 'remount,size=256m', disk]);
      await ended(flood);
      expect(sha256(await download(flood))).toBe(sha256(expected));
      typing.type('after\n');
      await typing.whenText('got after\r\n');
    } finally {
      // Lazily: the host still has files open on it.
      execFileSync('umount', ['-l', disk]);
    }
  },
  300_000,
);
