import fc from 'fast-check';
import { MemoryTranscriptHost, type MemoryTranscript } from '../memory-transcript-host';
import { castFormat, type CastFormatName } from './asciicast';
import { Recorder, type RecordingOptions, type RecordingRange } from './recorder';

let host: MemoryTranscriptHost;
let transcript: MemoryTranscript;

beforeEach(() => {
  host = new MemoryTranscriptHost();
  transcript = host.transcript('s:p');
});

type Event = [time: number, code: string, data: string];

async function record(
  format: CastFormatName,
  range: RecordingRange = {},
  options: RecordingOptions = {},
): Promise<{ header: Record<string, unknown>; events: Event[] }> {
  const recorder = new Recorder(host, transcript.details(), castFormat(format), range, options);
  let text = '';
  for await (const line of recorder.lines()) text += line;
  const [header, ...events] = text.trimEnd().split('\n');
  return {
    header: JSON.parse(header ?? '') as Record<string, unknown>,
    events: events.map((line) => JSON.parse(line) as Event),
  };
}

function said(events: Event[]): string {
  return events.map(([, code, data]) => (code === 'o' ? data : '')).join('');
}

function scripted(): void {
  transcript.write('$ ').write('make\r\n', 1500).resize(100, 30).write('\x1b[31mdone\x1b[0m\r\n', 60_000).exited(0);
}

describe('Recorder', () => {
  it('writes asciicast v2: times from the start', async () => {
    scripted();
    const { header, events } = await record('asciicast-v2', {}, { title: 'build' });
    expect(header).toEqual({
      version: 2,
      width: 80,
      height: 24,
      timestamp: 1_700_000_000,
      title: 'build',
      env: { TERM: 'xterm-256color' },
    });
    expect(events).toEqual([
      [0, 'o', '$ '],
      [1.5, 'o', 'make\r\n'],
      [61.5, 'r', '100x30'],
      [61.5, 'o', '\x1b[31mdone\x1b[0m\r\n'],
    ]);
  });

  it('writes asciicast v3: times from the event before, and how it ended', async () => {
    scripted();
    const { header, events } = await record('asciicast-v3');
    expect(header).toEqual({
      version: 3,
      term: { cols: 80, rows: 24, type: 'xterm-256color' },
      timestamp: 1_700_000_000,
    });
    expect(events).toEqual([
      [0, 'o', '$ '],
      [1.5, 'o', 'make\r\n'],
      [60, 'r', '100x30'],
      [0, 'o', '\x1b[31mdone\x1b[0m\r\n'],
      [0, 'x', '0'],
    ]);
    transcript.exited(null, 'KILL');
    expect((await record('asciicast-v3')).events.at(-1)).toEqual([0, 'x', '137']);
  });

  it('shortens pauses', async () => {
    scripted();
    const { events } = await record('asciicast-v2', {}, { maxIdleMs: 500 });
    expect(events.map(([time]) => time)).toEqual([0, 0.5, 1, 1]);
  });

  it('records a part, from the size the terminal had there, and clamps it to what is held', async () => {
    scripted();
    transcript.drop(2);
    const part = await record('asciicast-v3', { from: 8, to: 13 });
    expect(part.header).toMatchObject({ term: { cols: 100, rows: 30 } });
    expect(part.events).toEqual([[0, 'o', '\x1b[31m']]);
    expect(said((await record('asciicast-v3', { from: 0, to: 1e9 })).events)).toBe('make\r\n\x1b[31mdone\x1b[0m\r\n');
    expect((await record('asciicast-v3', { from: 1e9 })).events).toEqual([[0, 'x', '0']]);
  });

  it('says nothing that time took back', async () => {
    transcript.write('a').write('b', -5000).write('c', 6000);
    expect((await record('asciicast-v2')).events.map(([time]) => time)).toEqual([0, 0, 1]);
  });

  it('gives a character that is cut to the later event, and U+FFFD for what is none', async () => {
    const [first, second] = [Buffer.from('漢').subarray(0, 2), Buffer.from('漢').subarray(2)];
    transcript
      .write(first)
      .write(second, 1000)
      .write(Buffer.from([0xff]), 1000)
      .write(first, 1000);
    expect((await record('asciicast-v2')).events).toEqual([
      [1, 'o', '漢'],
      [2, 'o', '\ufffd'],
      [3, 'o', '\ufffd'],
    ]);
  });

  it('ends with an error when output is dropped while it is recorded', async () => {
    transcript.write('x'.repeat(200_000));
    const lines = new Recorder(host, transcript.details(), castFormat('asciicast-v2'), {}, {}).lines();
    await lines.next();
    await lines.next();
    transcript.drop(190_000);
    await expect(lines.next()).rejects.toMatchObject({ code: 'not_found' });
  });

  it('says all of the output, in order of time, whatever it is', async () => {
    const step = fc.oneof(
      fc.record({ text: fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), afterMs: fc.nat(3000) }),
      fc.record({ cols: fc.integer({ min: 1, max: 300 }) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 2, max: 9 }),
        fc.constantFrom<CastFormatName>('asciicast-v2', 'asciicast-v3'),
        async (steps, maxMarks, format) => {
          host = new MemoryTranscriptHost();
          host.maxMarks = maxMarks;
          transcript = host.transcript('s:p');
          let text = '';
          let resizes = 0;
          for (const step of steps) {
            if ('cols' in step) {
              transcript.resize(step.cols, 20);
              if (transcript.end > 0) resizes++;
            } else {
              // What UTF-8 cannot say is not output.
              const valid = Buffer.from(step.text).toString();
              transcript.write(valid, step.afterMs);
              text += valid;
            }
          }
          const { events } = await record(format);
          expect(said(events)).toBe(text);
          expect(events.filter(([, code]) => code === 'r')).toHaveLength(resizes);
          const times = events.map(([time]) => time);
          if (format === 'asciicast-v2') expect(times).toEqual([...times].sort((a, b) => a - b));
          else expect(Math.min(0, ...times)).toBe(0);
        },
      ),
    );
  });
});
