import { Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../kernel/domain-error';
import { PtyHostClient } from './pty-host-client';
import {
  TranscriptDamagedError,
  TranscriptSource,
  epochNamed,
  type TranscriptInfo,
} from '../screen-mirror/transcript-source';

/** Transcripts as the screen mirror reads them: from the PTY host. Sessions are named by their storage key. */
@Injectable()
export class HostTranscripts extends TranscriptSource {
  constructor(private readonly host: PtyHostClient) {
    super();
  }

  async info(name: string): Promise<TranscriptInfo> {
    const { session, sizes } = await this.host.request('info', epochNamed(name));
    const { epoch, start, end } = session;
    return { epoch, start, end, sizes };
  }

  async read(name: string, from: number, max: number): Promise<Buffer> {
    try {
      return Buffer.from(await this.host.request('read', { ...epochNamed(name), from, max }));
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== ErrorCode.transcriptDamaged) throw error;
      throw new TranscriptDamagedError(Number(error.options.details?.to));
    }
  }
}
