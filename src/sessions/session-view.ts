import type { HostSession } from '../pty-host/wire/host-messages';
import type { SessionEntity } from './session.entity';
import type { SessionView } from './session.schemas';

/** A session as the REST API shows it: the record, and what the PTY host says now. */
export function sessionView(session: SessionEntity, host: HostSession | undefined): SessionView {
  const lastOutputAt = host
    ? Math.max(host.lastOutputAt, session.lastActivityAt.getTime())
    : session.lastActivityAt.getTime();
  return {
    id: session.id,
    projectId: session.projectId,
    ownerId: session.ownerId,
    gateway: session.gateway,
    profile: session.profile,
    name: session.name,
    title: host?.title || session.title,
    status: host ? (host.exit ? 'ended' : 'running') : session.status,
    endReason: host?.exit?.reason ?? session.endReason,
    exitCode: host?.exit ? host.exit.exitCode : session.exitCode,
    signal: host?.exit ? host.exit.signal : session.signal,
    cols: host?.cols ?? session.cols,
    rows: host?.rows ?? session.rows,
    epoch: host?.epoch ?? session.epoch,
    keep: session.keep,
    attachments: host?.attachments ?? 0,
    outputStart: host?.start ?? 0,
    outputEnd: host?.end ?? 0,
    cwd: host?.cwd ?? '',
    createdAt: session.createdAt.toISOString(),
    lastActivityAt: new Date(lastOutputAt).toISOString(),
    endedAt: session.endedAt?.toISOString() ?? null,
  };
}
