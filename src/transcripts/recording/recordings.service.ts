import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { SessionEntity } from '../../sessions/session.entity';
import { TranscriptHost } from '../transcript-host';
import { castFormat } from './asciicast';
import { Recorder } from './recorder';
import type { RecordingQuery } from './recording.schemas';

/** What waits for a reader that is slower than we are. */
const BUFFER_BYTES = 64 * 1024;

/** Recordings of sessions, made from their transcripts when somebody asks. */
@Injectable()
export class RecordingsService {
  constructor(private readonly host: TranscriptHost) {}

  /** Reads on only as fast as it is read. Throws what can be known before the first byte is sent. */
  async open(session: SessionEntity, query: RecordingQuery): Promise<Readable> {
    const transcript = await this.host.details(session.storageKey, query.epoch);
    const { format, maxIdleSeconds, ...range } = query;
    const recorder = new Recorder(this.host, transcript, castFormat(format), range, {
      title: session.name ?? (session.title || undefined),
      maxIdleMs: maxIdleSeconds === undefined ? undefined : Math.round(maxIdleSeconds * 1000),
    });
    const lines = recorder.lines();
    const begin = [await lines.next(), await lines.next()];
    return Readable.from(continued(begin, lines), { objectMode: false, highWaterMark: BUFFER_BYTES });
  }
}

async function* continued(
  begin: readonly IteratorResult<string>[],
  rest: AsyncGenerator<string>,
): AsyncGenerator<string> {
  for (const { done, value } of begin) if (!done && value) yield value;
  for await (const line of rest) if (line) yield line;
}
