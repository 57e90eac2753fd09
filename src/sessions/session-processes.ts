import { Inject, Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { CONFIG, type Config } from '../../config/environment';
import { DomainError } from '../kernel/domain-error';
import { PtyHostClient } from '../pty-client/pty-host-client';
import type { HostRequests, HostSession, Launch, SessionLabels } from '../pty-host/wire/host-messages';
import { eventIdOf } from './session-events';
import { isReplaceable } from './replaceable';
import { SessionRepository } from './session.repository';
import { SessionWrites } from './session-writes';

type CreateRequest = HostRequests['create']['body'];

export interface StartOptions extends SessionLabels {
  readonly cols: number;
  readonly rows: number;
  /** One that may have a successor gets it, at the size it had. */
  readonly mayReplace: boolean;
}

/** The processes behind sessions: asked for at the PTY host, and written down as it answers. */
@Injectable()
export class SessionProcesses {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly host: PtyHostClient,
    private readonly writes: SessionWrites,
    private readonly repository: SessionRepository,
  ) {}

  /** Whether what becomes of one more session could be written down; else throws `outbox_full`. */
  assertRoom(): void {
    this.writes.assertRoom();
  }

  /** Somebody made a session, which has no process yet. */
  created(key: string, ownerId: string): void {
    this.writes.event(key, { kind: 'created', data: { by: ownerId } }, eventIdOf(key, 'created'));
  }

  /** Finds or makes the process. Errors: `launch_failed`, `host_unavailable`. */
  async start(
    key: string,
    launch: Launch,
    { cols, rows, mayReplace, ...labels }: StartOptions,
  ): Promise<{ created: boolean; host: HostSession }> {
    const { ownerId, gateway, profile } = labels;
    try {
      const { created, session } = await this.create(
        {
          sessionId: key,
          launch,
          cols,
          rows,
          transcriptBytes: this.config.sessions.transcriptBytes,
          labels: { ownerId, gateway, profile },
        },
        mayReplace,
      );
      if (created) this.writes.running(key, session);
      return { created, host: session };
    } catch (error) {
      if (error instanceof DomainError && error.code === ErrorCode.launchFailed) {
        this.writes.launchFailed(key);
      } else if (this.host.connected) {
        // The host refused, so there is no process. When it went away instead, its next list will tell.
        await this.repository.removeUnstarted(key);
      }
      throw error;
    }
  }

  /** Who asks at the same time gets the same process. */
  private async create(request: CreateRequest, mayReplace: boolean): Promise<HostRequests['create']['answer']> {
    const answer = await this.host.request('create', request);
    if (!mayReplace || !isReplaceable(answer.session)) return answer;
    const { epoch, cols, rows } = answer.session;
    return this.host.request('create', { ...request, cols, rows, replaceEpoch: epoch });
  }

  /** Undefined when the host holds nothing of it: any more, or yet. */
  async findIfHeld(key: string): Promise<HostSession | undefined> {
    try {
      return (await this.host.request('info', { sessionId: key })).session;
    } catch (error) {
      if (isUnknown(error)) return undefined;
      throw error;
    }
  }

  /** With all epochs that are held. Throws `session_ended` when the host holds nothing of it any more. */
  async info(key: string): Promise<HostRequests['info']['answer']> {
    try {
      return await this.host.request('info', { sessionId: key });
    } catch (error) {
      if (!isUnknown(error)) throw error;
      throw transcriptGone();
    }
  }

  /** All that the host has; none while it is away: a list without live details is better than no list. */
  async byKey(): Promise<Map<string, HostSession>> {
    const answer = await this.host.request('list', {}).catch(() => undefined);
    return new Map(answer?.sessions.map((session) => [session.sessionId, session]));
  }

  async terminate(key: string): Promise<void> {
    await this.host.request('terminate', { sessionId: key });
  }

  /** Ends the process for now. `ifUntypedMs`: `conflict` when somebody typed since. `unavailable`: the host is too old for it. */
  async hibernate(key: string, ifUntypedMs?: number): Promise<void> {
    try {
      await this.host.request('hibernate', { sessionId: key, ifUntypedMs });
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== ErrorCode.badRequest) throw error;
      throw new DomainError(
        ErrorCode.unavailable,
        'The PTY host is of an earlier version and is about to be replaced; nothing was ended. Try again.',
        { retryable: true, cause: error },
      );
    }
  }

  /** With its transcript. The host may have forgotten it already. */
  async remove(key: string): Promise<void> {
    await this.host.request('remove', { sessionId: key }).catch((error: unknown) => {
      if (!isUnknown(error)) throw error;
    });
  }
}

export function transcriptGone(): DomainError {
  return new DomainError(
    ErrorCode.sessionEnded,
    'This session has ended and its transcript is no longer held. Open a new one.',
  );
}

function isUnknown(error: unknown): boolean {
  return error instanceof DomainError && error.code === ErrorCode.sessionNotFound;
}
