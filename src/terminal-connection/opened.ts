import type { ByteRange, OpenRequest, Opened, Resume, Role } from '@holdfast/protocol';
import type { Attached } from '../pty-host/wire/host-messages';
import type { ScreenSnapshot } from '../screen-mirror/screen-snapshot';
import type { OpenedSession } from '../sessions/session-opener';

/** How a client goes on: which of the ways of the protocol, and from where. */
export interface Resumption {
  readonly resume: Resume;
  readonly offset: number;
  readonly lost?: ByteRange;
}

/** The client wants a position that cannot be had, or none: it gets the screen, and output from there. */
export function resumeFromSnapshot(
  { epoch, offset }: Pick<OpenRequest, 'epoch' | 'offset'>,
  snapshot: ScreenSnapshot,
): Resumption {
  if (epoch !== undefined && epoch !== snapshot.epoch) return { resume: 'new-epoch', offset: snapshot.offset };
  if (epoch === undefined || offset === undefined) return { resume: 'snapshot', offset: snapshot.offset };
  const lost = { from: Math.min(offset, snapshot.offset), to: snapshot.offset };
  return { resume: 'gap', offset: snapshot.offset, lost };
}

export function openedEvent(
  channel: number,
  session: OpenedSession,
  role: Role,
  attached: Attached,
  resumption: Resumption,
): Opened {
  const { cols, rows, sizeOwner, title, epoch } = attached.session;
  const { guest, manages } = session.rights;
  return {
    channel,
    sessionId: session.sessionId,
    projectId: session.projectId,
    epoch,
    created: session.created,
    reused: !session.created,
    ...resumption,
    inputOffset: attached.inputOffset,
    cols,
    rows,
    role,
    sizeOwner,
    title,
    ...(attached.ambiguous ? { ambiguous: attached.ambiguous } : {}),
    ...(session.migratedFrom ? { migratedFrom: session.migratedFrom } : {}),
    ...(manages && { manages }),
    ...(guest && { guest: { access: guest.access, expiresAt: guest.expiresAtMs } }),
  };
}
