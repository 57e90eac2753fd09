import fc from 'fast-check';
import { UsageMeter } from './usage-meter';

const START = {
  type: 'message_start',
  message: {
    model: 'claude-x',
    usage: {
      input_tokens: 10,
      cache_creation_input_tokens: 300,
      cache_read_input_tokens: 4000,
      output_tokens: 1,
      cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 100 },
    },
  },
};
const END = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 77 } };
const STOP = { type: 'message_stop' };

function delta(text: string): object {
  return { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } };
}

function stream(...events: object[]): Buffer {
  const lines = events.map((event) => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`);
  return Buffer.from(lines.join(''));
}

function meter(...chunks: Buffer[]): UsageMeter {
  const made = new UsageMeter('text/event-stream; charset=utf-8');
  for (const chunk of chunks) made.push(chunk);
  return made;
}

const WHOLE = {
  inputTokens: 10,
  outputTokens: 77,
  cacheReadTokens: 4000,
  cacheWriteTokens: 300,
  cacheWriteHourTokens: 100,
  complete: true,
  known: true,
};

describe('UsageMeter', () => {
  it('reads what a streamed answer used', () => {
    expect(meter(stream(START, delta('hello'), END, STOP)).result()).toEqual(WHOLE);
  });

  it('reads the same however the answer is cut into pieces', () => {
    const bytes = stream(START, { type: 'ping' }, delta('wörld “usage” \n {"usage": 3}'), END, STOP);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 40 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        expect(meter(...pieces).result()).toEqual(WHOLE);
      }),
    );
  });

  it('keeps nothing of the memory a piece came in, and does not change it', () => {
    const bytes = stream(START, END, STOP);
    const before = Buffer.from(bytes);
    const first = Buffer.from(bytes.subarray(0, 100));
    const made = meter(first);
    expect(first).toEqual(before.subarray(0, 100));
    first.fill(0);
    made.push(bytes.subarray(100));
    expect(made.result()).toEqual(WHOLE);
  });

  it('counts by its length the output of an answer that broke off', () => {
    const { outputTokens, complete, known, inputTokens } = meter(stream(START, delta('x'.repeat(3000)))).result();
    expect({ outputTokens, complete, known, inputTokens }).toEqual({
      outputTokens: 1000,
      complete: false,
      known: true,
      inputTokens: 10,
    });
  });

  it('counts thinking and the input of tools as output, too', () => {
    const thinking = { type: 'content_block_delta', delta: { type: 'thinking_delta', thinking: 'x'.repeat(30) } };
    const input = { type: 'content_block_delta', delta: { type: 'input_json_delta', partial_json: 'x'.repeat(60) } };
    expect(meter(stream(START, thinking, input)).result().outputTokens).toBe(30);
  });

  it('says that it knows nothing of an answer that broke off before it began', () => {
    expect(meter(stream(START).subarray(0, 60)).result()).toMatchObject({ known: false, complete: false });
    expect(new UsageMeter('text/html').result()).toMatchObject({ known: false });
  });

  it('goes on after a line that is longer than it keeps', () => {
    const long = Buffer.from(`data: {"type":"content_block_delta","delta":{"text":"${'x'.repeat(1_000_000)}"}}\n`);
    const made = meter(stream(START), long.subarray(0, 500_000), long.subarray(500_000));
    expect(made.result().outputTokens).toBeGreaterThan(300_000);
    made.push(stream(END, STOP));
    expect(made.result()).toEqual(WHOLE);
  });

  it('reads what an answer in one piece used', () => {
    const made = new UsageMeter('application/json');
    const bytes = Buffer.from(
      JSON.stringify({
        content: [{ input: { usage: { input_tokens: 9 } } }],
        usage: { input_tokens: 5, output_tokens: 6 },
      }),
    );
    made.push(bytes.subarray(0, 20));
    made.push(bytes.subarray(20));
    expect(made.result()).toMatchObject({ inputTokens: 5, outputTokens: 6, complete: true, known: true });
  });

  it('takes no number that cannot be one', () => {
    const usage = {
      input_tokens: -5,
      output_tokens: 1.5,
      cache_read_input_tokens: '7',
      cache_creation_input_tokens: 1e12,
    };
    expect(meter(stream({ type: 'message_start', message: { usage } })).result()).toMatchObject({
      inputTokens: 0,
      outputTokens: 0,
      cacheReadTokens: 0,
      cacheWriteTokens: 1e9,
    });
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('text/event-stream', 'application/json', undefined),
        fc.array(
          fc.oneof(
            fc.uint8Array(),
            fc.json().map((json) => Buffer.from(`data: ${json}\n`)),
          ),
        ),
        (type, chunks) => {
          const made = new UsageMeter(type);
          for (const chunk of chunks) made.push(chunk);
          const { inputTokens, outputTokens } = made.result();
          expect(inputTokens + outputTokens).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
