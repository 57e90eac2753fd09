import { Readable } from 'node:stream';
import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../kernel/domain-error';
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
  const { session } = await host.request('info', { sessionId });
  const { epoch, start, end } = session;
  if (wanted.epoch !== undefined && wanted.epoch !== epoch) {
    throw new DomainError(
      ErrorCode.notFound,
      `The output of epoch ${wanted.epoch} is not held; the current one is ${epoch}.`,
    );
  }
  const from = Math.min(Math.max(wanted.from ?? start, start), end);
  const to = Math.max(from, Math.min(wanted.to ?? end, end));
  return { epoch, from, to, bytes: Readable.from(read(host, sessionId, from, to)) };
}

async function* read(host: PtyHostClient, sessionId: string, from: number, to: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to;) {
    const bytes = await host.request('read', { sessionId, from: at, max: Math.min(CHUNK_BYTES, to - at) });
    // The oldest bytes were dropped while we read: better an incomplete response than a wrong one.
    if (bytes.length === 0) throw new Error(`the transcript no longer holds byte ${at}`);
    at += bytes.length;
    yield bytes;
  }
}
