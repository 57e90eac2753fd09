import { Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../kernel/domain-error';
import { PtyHostClient } from '../pty-client/pty-host-client';
import type { HostSession, TimeMark } from '../pty-host/wire/host-messages';
import { TranscriptHost, type HeldTranscript, type TranscriptDetails } from './transcript-host';

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

  async times(key: string, epoch: string, from: number, to: number): Promise<readonly TimeMark[]> {
    try {
      return (await this.host.request('times', { sessionId: key, epoch, from, to })).marks;
    } catch (error) {
      // A broker of an earlier build, until it is replaced in a moment: it remembers no times.
      if (error instanceof DomainError && error.code === ErrorCode.badRequest) return [];
      throw error;
    }
  }
}

function held({ sessionId, epoch, start, end, createdAt, lastOutputAt, exit }: HostSession): HeldTranscript {
  return { key: sessionId, epoch, start, end, createdAt, lastOutputAt, exit };
}
