import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { Clock } from '../kernel/clock';
import type { EpochInfo, HostSession } from '../pty-host/wire/host-messages';
import { RuntimeSettings } from '../settings/runtime-settings';
import type { SessionEntity } from './session.entity';
import { SessionExtensions } from './session-extensions';
import { lifetimeOf } from './session-lifetime';
import { isReplaceable, wasReplaceable } from './replaceable';
import type { SessionDetails, SessionView } from './session.schemas';

/** Sessions as the REST API shows them: the record, and what the PTY host says now. */
@Injectable()
export class SessionViews {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly settings: RuntimeSettings,
    private readonly clock: Clock,
    private readonly extensions: SessionExtensions,
  ) {}

  of(session: SessionEntity, host: HostSession | undefined): SessionView {
    const recordedActivity = session.lastActivityAt.getTime();
    const ended = host ? host.exit !== null : session.status === 'ended';
    const endedAt = (host?.exit ? host.endedAt : null) ?? session.endedAt?.getTime() ?? null;
    const { exit } = host ?? {};
    return {
      id: session.id,
      projectId: session.projectId,
      ownerId: session.ownerId,
      gateway: session.gateway,
      profile: session.profile,
      name: session.name,
      title: host?.title || session.title,
      status: host ? (host.exit ? 'ended' : 'running') : session.status,
      endReason: host ? (exit?.reason ?? null) : session.endReason,
      exitCode: host ? (exit?.exitCode ?? null) : session.exitCode,
      signal: host ? (exit?.signal ?? null) : session.signal,
      cols: host?.cols ?? session.cols,
      rows: host?.rows ?? session.rows,
      epoch: host?.epoch ?? session.epoch,
      keep: session.keep,
      attachments: host?.attachments ?? 0,
      outputStart: host?.start ?? 0,
      outputEnd: host?.end ?? 0,
      cwd: host?.cwd ?? '',
      createdAt: session.createdAt.toISOString(),
      lastActivityAt: new Date(Math.max(host?.lastOutputAt ?? 0, recordedActivity)).toISOString(),
      endedAt: ended ? isoTime(endedAt) : null,
      lifetime: this.lifetime(session, host, ended, endedAt),
      claude: this.extensions.of(session)?.describe(session, host),
    };
  }

  /** With the epochs whose output is held, oldest first. */
  inDetail(
    session: SessionEntity,
    host: HostSession | undefined,
    epochs: readonly EpochInfo[] | undefined,
  ): SessionDetails {
    const shown = (epochs ?? []).map(({ epoch, epochNumber, start, end, createdAt, endedAt }) => ({
      ...{ epoch, epochNumber, start, end },
      createdAt: new Date(createdAt).toISOString(),
      endedAt: isoTime(endedAt),
    }));
    return { ...this.of(session, host), epochs: shown };
  }

  private lifetime(
    session: SessionEntity,
    host: HostSession | undefined,
    ended: boolean,
    endedAt: number | null,
  ): SessionView['lifetime'] {
    const { keep } = session;
    const limits = this.settings.current;
    const hibernates =
      session.gateway === 'claude'
        ? {
            afterMinutes: this.config.claude.hibernateMinutes,
            now: host ? isReplaceable(host) : wasReplaceable(session),
          }
        : undefined;
    const facts = { now: this.clock.now(), ended, endedAt, keep, host, limits, hibernates };
    const { expiresAt, ...rest } = lifetimeOf(facts);
    return { ...rest, expiresAt: isoTime(expiresAt?.getTime() ?? null) };
  }
}

function isoTime(unixMs: number | null): string | null {
  return unixMs === null ? null : new Date(unixMs).toISOString();
}
