import { Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../kernel/domain-error';
import { PtyHostClient } from '../pty-client/pty-host-client';
import { MAX_TIME_MARKS, type ExitStatus, type HostSession } from '../pty-host/wire/host-messages';
import { TranscriptHost, type HeldTranscript, type TimeMarks, type TranscriptDetails } from './transcript-host';

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

  async details(key: string, epoch?: string): Promise<TranscriptDetails> {
    const { session, sizes } = await this.host.request('info', { sessionId: key, epoch });
    return { ...held(session), sizes };
  }

  read(key: string, epoch: string, from: number, max: number): Promise<Uint8Array> {
    return this.host.request('read', { sessionId: key, epoch, from, max });
  }

  async times(key: string, epoch: string, from: number, to: number): Promise<TimeMarks> {
    try {
      const { marks } = await this.host.request('times', { sessionId: key, epoch, from, to });
      return { marks, isAll: marks.length < MAX_TIME_MARKS };
    } catch (error) {
      // A broker of an earlier build, until it is replaced in a moment: it remembers no times.
      if (error instanceof DomainError && error.code === ErrorCode.badRequest) return { marks: [], isAll: true };
      throw error;
    }
  }

  async earlierEpochs(key: string): Promise<readonly HeldTranscript[]> {
    const { session, epochs } = await this.host.request('info', { sessionId: key });
    return epochs
      .filter(({ epoch }) => epoch !== session.epoch)
      .map((epoch) => ({ ...epoch, key, lastOutputAt: epoch.endedAt ?? epoch.createdAt, exit: HOST_LOST }));
  }
}

/** Only then a session gets a process of a new epoch. */
const HOST_LOST: ExitStatus = { exitCode: null, signal: null, reason: 'host-lost' };

function held({
  sessionId,
  epoch,
  epochNumber,
  start,
  end,
  createdAt,
  lastOutputAt,
  exit,
}: HostSession): HeldTranscript {
  return { key: sessionId, epoch, epochNumber, start, end, createdAt, lastOutputAt, exit };
}
