import { Readable } from 'node:stream';
import type { PtyHostClient } from '../pty-client/pty-host-client';

const CHUNK_BYTES = 256 * 1024;

export interface TranscriptRange {
  readonly epoch: string;
  /** What is really delivered, after clamping to what is held. */
  readonly from: number;
  readonly to: number;
  readonly bytes: Readable;
}

/** A range of a session's durable output, as a stream that reads on only as fast as it is read. */
export async function downloadTranscript(
  host: PtyHostClient,
  sessionId: string,
  wanted: { readonly from?: number; readonly to?: number; readonly epoch?: string },
): Promise<TranscriptRange> {
  const { session } = await host.request('info', { sessionId, epoch: wanted.epoch });
  const { epoch, start, end } = session;
  const from = Math.min(Math.max(wanted.from ?? start, start), end);
  const to = Math.max(from, Math.min(wanted.to ?? end, end));
  const pieces = read(host, { sessionId, epoch }, from, to);
  // What is refused at once is refused before the answer begins.
  const first = await pieces.next();
  return { epoch, from, to, bytes: Readable.from(startingWith(first.done ? [] : [first.value], pieces)) };
}

async function* startingWith(first: Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* rest;
}

async function* read(
  host: PtyHostClient,
  place: { readonly sessionId: string; readonly epoch: string },
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to;) {
    const bytes = await host.request('read', { ...place, from: at, max: Math.min(CHUNK_BYTES, to - at) });
    // The oldest bytes were dropped while we read: better an incomplete response than a wrong one.
    if (bytes.length === 0) throw new Error(`the transcript no longer holds byte ${at}`);
    at += bytes.length;
    yield bytes;
  }
}
