import { FrameType } from '@holdfast/protocol';
import * as fc from 'fast-check';
import { Harness, Recorder } from './testing/harness';

/** Seeded, so that a failure is the same tomorrow. */
const RUNS = 150;
const SEED = 20_261_121;

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('print' as const), size: fc.integer({ min: 1, max: 9000 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('type' as const), size: fc.integer({ min: 1, max: 900 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('paste' as const), size: fc.integer({ min: 1, max: 90_000 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cut' as const), size: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('freeze' as const), size: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('goaway' as const), size: fc.integer({ min: 0, max: 300 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('repeat' as const), size: fc.integer({ min: 1, max: 5000 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('skip' as const), size: fc.integer({ min: 1, max: 5000 }) }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Every byte is determined by its position, so a lost, doubled or swapped one shows. */
const byteAt = (position: number): number => 33 + ((position * 7 + (position >> 8) * 13) % 90);
const bytesAt = (from: number, size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => byteAt(from + i));

async function play(
  steps: readonly (Step & { readonly wait: number })[],
  latency: number,
  ackDelay: number,
): Promise<void> {
  const h = new Harness();
  h.timers.nextRandom = () => 0.3;
  h.server.latencyMs = () => latency;
  h.server.inputAckDelayMs = () => ackDelay;
  const recorder = new Recorder(h.client.open({ projectId: 'p', cols: 80, rows: 24 }));
  recorder.terminal.on('data', () => {
    if (recorder.acks.length > 0) h.timers.setTimeout(() => recorder.acks.splice(0).forEach((ack) => ack()), ackDelay);
  });
  recorder.holdAcks = true;
  await h.advance(2000);
  const session = h.server.session();
  let printed = 0;
  let typed = 0;
  for (const { do: action, size, wait } of steps) {
    const peer = h.server.openPeers.at(-1);
    switch (action) {
      case 'print':
        session.print(bytesAt(printed, size));
        printed += size;
        h.server.flush();
        break;
      case 'type':
      case 'paste':
        if (recorder.terminal.write(bytesAt(typed, size))) typed += size;
        break;
      case 'cut':
        peer?.socket.end();
        break;
      case 'freeze':
        if (peer !== undefined) peer.socket.frozen = true;
        break;
      case 'goaway':
        peer?.send('goaway', { reason: 'deploy', reconnectAfterMs: size });
        break;
      case 'repeat': {
        const from = Math.max(0, printed - size);
        if (peer?.channels.has(1)) peer.frame(FrameType.data, 1, from, bytesAt(from, Math.min(size, printed - from)));
        break;
      }
      case 'skip':
        // A frame from the future of the stream: the ones before it went missing.
        session.print(bytesAt(printed, size + 1));
        printed += size + 1;
        if (peer?.channels.has(1)) peer.frame(FrameType.data, 1, printed - 1, bytesAt(printed - 1, 1));
        break;
    }
    await h.advance(wait);
  }
  await h.advance(120_000);
  h.server.flush();
  await h.advance(5_000);
  const expected = new TextDecoder().decode(bytesAt(0, printed));
  expect(recorder.output === expected).toBe(true);
  expect(session.text === new TextDecoder().decode(bytesAt(0, typed))).toBe(true);
  expect(recorder.terminal.position()).toEqual({ epoch: 'e1', offset: printed });
  expect(recorder.unsent).toEqual([]);
  expect(h.server.violations).toEqual([]);
  await Promise.all([h.client.close(), h.advance(2000)]);
  await h.advance(2000);
  expect(h.timers.pending).toBe(0);
}

describe('a terminal over connections that are cut, frozen, doubled and sent away', () => {
  it('delivers exactly the output and types exactly the input', async () => {
    const steps = fc.array(
      fc.tuple(step, fc.integer({ min: 0, max: 400 })).map(([what, wait]) => ({ ...what, wait })),
      { minLength: 1, maxLength: 40 },
    );
    await fc.assert(fc.asyncProperty(steps, fc.integer({ min: 0, max: 120 }), fc.integer({ min: 0, max: 200 }), play), {
      seed: SEED,
      numRuns: RUNS,
      endOnFailure: false,
    });
  });
});
