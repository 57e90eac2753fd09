import { decodeFrame } from '@holdfast/protocol';
import fs from 'node:fs';
import type { AttachmentEvents } from '../wire/host-messages';
import { HostFrameType, LENGTH_BYTES, PREFIX_BYTES } from '../wire/host-frames';
import { Attachment, SILENT_WRITER_MS, type AttachmentOptions, type FrameSink } from './attachment';
import { Transcript } from './transcript';
import { TranscriptStore } from './transcript-store';

const clock = { now: Date.now, monotonic: () => performance.now() };

const KIB = 1024;

class RecordingSink implements FrameSink {
  congested = false;
  /** What `write` answers: false = the kernel has not taken the bytes yet. */
  taken = true;
  readonly log: (string | { offset: number; length: number })[] = [];
  text = '';

  write(frame: Buffer): boolean {
    const decoded = decodeFrame(frame.subarray(LENGTH_BYTES));
    if (decoded?.type !== HostFrameType.data) throw new Error('output only');
    expect(decoded.channel).toBe(9);
    expect(frame.readUInt32BE(0)).toBe(frame.length - LENGTH_BYTES);
    this.log.push({ offset: decoded.offset, length: decoded.payload.length });
    this.text += Buffer.from(decoded.payload).toString('latin1');
    return this.taken;
  }

  event<K extends keyof AttachmentEvents>(_channel: number, event: K, data: AttachmentEvents[K]): void {
    this.log.push(`${event} ${JSON.stringify(data)}`);
  }

  acknowledgeInput(): void {
    throw new Error('input is not this test');
  }
}

let directory: string;
let transcript: Transcript;
let sink: RecordingSink;
let now: number;

beforeEach(() => {
  directory = fs.mkdtempSync('/tmp/hf-attachment-');
  transcript = new Transcript({ directory, maxBytes: 1024 * KIB }, new TranscriptStore(clock, () => undefined));
  sink = new RecordingSink();
  now = 1000;
});

afterEach(() => {
  transcript.close();
  fs.rmSync(directory, { recursive: true, force: true });
});

function attach(change: Partial<AttachmentOptions> = {}, from: number | null = 0): Attachment {
  const options: AttachmentOptions = {
    channel: 9,
    writerId: 'w',
    role: 'writer',
    windowBytes: 256 * KIB,
    replayBytes: 1024 * KIB,
    cols: 80,
    rows: 24,
    ...change,
  };
  return new Attachment(options, sink, transcript, from ?? undefined, 1, () => now);
}

/** Appends as the terminal does, and offers the same buffer. */
function output(text: string, ...attachments: Attachment[]): boolean {
  const frame = Buffer.concat([Buffer.alloc(PREFIX_BYTES), Buffer.from(text, 'latin1')]);
  const offset = transcript.end;
  transcript.append(frame, PREFIX_BYTES, text.length);
  return attachments.map((attachment) => attachment.offer(frame, offset, text.length, true)).some(Boolean);
}

const sent = (): number => sink.text.length;

test('sends what just came out of the buffer it came in, and says whether the buffer is in use', () => {
  const attachment = attach();
  expect(output('hello', attachment)).toBe(false);
  sink.taken = false;
  expect(output('world', attachment)).toBe(true);
  expect(sink.log).toEqual([
    { offset: 0, length: 5 },
    { offset: 5, length: 5 },
  ]);
  expect(sink.text).toBe('helloworld');
});

test('never has more than the window unacknowledged, and goes on after an acknowledgement', () => {
  const attachment = attach({ windowBytes: 100 });
  output('x'.repeat(80), attachment);
  output('y'.repeat(80), attachment);
  attachment.catchUp();
  expect(sent()).toBe(100);
  attachment.acknowledge(60);
  attachment.catchUp();
  expect(sent()).toBe(160);
  expect(sink.text).toBe('x'.repeat(80) + 'y'.repeat(80));
});

test('an acknowledgement of what was never sent opens no window', () => {
  const attachment = attach({ windowBytes: 100 });
  output('x'.repeat(300), attachment);
  attachment.acknowledge(300);
  attachment.catchUp();
  expect(sent()).toBe(100);
});

test('sends nothing before it is started, while it is hidden, and while the socket is congested', () => {
  const waiting = attach({}, null);
  output('abcdef', waiting);
  waiting.catchUp();
  expect(sent()).toBe(0);
  waiting.visible = false;
  waiting.start(2);
  waiting.catchUp();
  expect(sent()).toBe(0);
  waiting.visible = true;
  sink.congested = true;
  waiting.catchUp();
  expect(sent()).toBe(0);
  sink.congested = false;
  waiting.catchUp();
  expect(sink.text).toBe('cdef');
});

test('tells a size between the bytes that were written before and after it', () => {
  const attachment = attach({ windowBytes: 4 });
  output('before', attachment);
  attachment.tellSize({ cols: 100, rows: 30, owner: null, offset: 6 });
  output('after', attachment);
  attachment.catchUp();
  expect(sink.log).toEqual([{ offset: 0, length: 4 }]);
  attachment.acknowledge(4);
  attachment.catchUp();
  const told = 'resized {"cols":100,"rows":30,"owner":null,"offset":6}';
  expect(sink.log).toEqual([{ offset: 0, length: 4 }, { offset: 4, length: 2 }, told, { offset: 6, length: 2 }]);
});

test('keeps the newest sizes of a storm, in order', () => {
  const attachment = attach({ windowBytes: 1 });
  output('xy', attachment);
  for (let cols = 1; cols <= 1000; cols++) attachment.tellSize({ cols, rows: 1, owner: null, offset: 2 });
  attachment.acknowledge(1);
  attachment.catchUp();
  const sizes = sink.log.flatMap((entry) =>
    typeof entry === 'string' ? [Number(/"cols":(\d+)/.exec(entry)?.[1])] : [],
  );
  expect(sizes).toEqual(Array.from({ length: 64 }, (_, index) => 937 + index));
});

test('too far behind it says so once and jumps where it is told', () => {
  const attachment = attach({ role: 'viewer', replayBytes: 50 });
  attachment.visible = false;
  output('x'.repeat(100), attachment);
  attachment.visible = true;
  attachment.catchUp();
  attachment.catchUp();
  expect(sink.log).toEqual(['lagging {"next":0}']);
  attachment.start(90);
  attachment.catchUp();
  expect(sink.log.slice(1)).toEqual([{ offset: 90, length: 10 }]);
});

test('bytes that the transcript dropped are a lag, not silence', () => {
  const attachment = attach({ replayBytes: 100 * 1024 * KIB });
  attachment.visible = false;
  for (let i = 0; i < 40; i++) output('x'.repeat(50 * KIB), attachment);
  expect(transcript.start).toBeGreaterThan(0);
  attachment.visible = true;
  attachment.catchUp();
  expect(sink.log).toEqual(['lagging {"next":0}']);
});

test('uses four steps of a client that acknowledges quickly, and the whole window on a long link', () => {
  const attachment = attach({ windowBytes: 1024 * KIB });
  expect(attachment.window).toBe(1024 * KIB);
  for (let i = 0; i < 20; i++) output('x'.repeat(50 * KIB), attachment);
  attachment.acknowledge(50 * KIB);
  expect(attachment.window).toBe(200 * KIB);
  output('x', attachment);
  now += 5;
  attachment.acknowledge(51 * KIB);
  expect(attachment.window).toBeLessThanOrEqual(200 * KIB);
  output('x', attachment);
  attachment.catchUp();
  now += 26;
  attachment.acknowledge(52 * KIB);
  expect(attachment.window).toBe(1024 * KIB);
});

describe('a silent writer', () => {
  test('is one that held the terminal back for the limit without an acknowledgement', () => {
    const attachment = attach({ windowBytes: 100 });
    output('x'.repeat(200), attachment);
    attachment.noteProgress();
    now += SILENT_WRITER_MS - 1;
    expect(attachment.silent).toBe(false);
    now += 1;
    expect(attachment.silent).toBe(true);
  });

  test('is not one whose few bytes wait at an idle prompt', () => {
    const attachment = attach({ windowBytes: 100 });
    output('prompt', attachment);
    attachment.noteProgress();
    now += 10 * SILENT_WRITER_MS;
    output('x'.repeat(200), attachment);
    attachment.noteProgress();
    expect(attachment.silent).toBe(false);
  });

  test('counts again with its next acknowledgement', () => {
    const attachment = attach({ windowBytes: 100 });
    output('x'.repeat(500), attachment);
    attachment.noteProgress();
    now += SILENT_WRITER_MS;
    attachment.acknowledge(1);
    attachment.noteProgress();
    expect(attachment.silent).toBe(false);
    now += SILENT_WRITER_MS;
    expect(attachment.silent).toBe(true);
  });
});
