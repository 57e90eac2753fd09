import { Injectable } from '@nestjs/common';
import { PtyHostClient } from '../pty-client/pty-host-client';
import type { HostSession } from '../pty-host/wire/host-messages';
import { TranscriptHost, type HeldTranscript, type TimeMark, type TranscriptDetails } from './transcript-host';

/** Transcripts of the PTY host of this machine. */
@Injectable()
export class PtyTranscriptHost extends TranscriptHost {
  constructor(private readonly host: PtyHostClient) {
    super();
  }

  get isAway(): boolean {
    return !this.host.connected || this.host.congested;
  }

  async list(): Promise<readonly HeldTranscript[]> {
    const { sessions } = await this.host.request('list', {});
    return sessions.map(held);
  }

  async details(key: string): Promise<TranscriptDetails> {
    const { session, sizes } = await this.host.request('info', { sessionId: key });
    return { ...held(session), sizes };
  }

  read(key: string, _epoch: string, from: number, max: number): Promise<Uint8Array> {
    return this.host.request('read', { sessionId: key, from, max });
  }

  times(): Promise<readonly TimeMark[]> {
    return Promise.resolve([]);
  }
}

function held({ sessionId, epoch, start, end, createdAt, lastOutputAt, exit }: HostSession): HeldTranscript {
  return { key: sessionId, epoch, start, end, createdAt, lastOutputAt, exit };
}
