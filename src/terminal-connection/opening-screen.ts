import type { OpenRequest } from '@holdfast/protocol';
import type { PtyHostClient } from '../pty-client/pty-host-client';
import type { EpochInfo, HostSession } from '../pty-host/wire/host-messages';
import type { ScreenMirrors } from '../screen-mirror/screen-mirrors';
import type { ScreenSnapshot } from '../screen-mirror/screen-snapshot';
import type { OpenedSession } from '../sessions/session-opener';
import { resumeFromSnapshot, type Resumption } from './opened';

export interface OpeningScreen {
  readonly snapshot: ScreenSnapshot;
  readonly resumption: Resumption;
}

interface Sources {
  readonly host: PtyHostClient;
  readonly mirrors: ScreenMirrors;
  readonly replayBytes: number;
}

/**
 * What a client without an exact position begins with: the screen as it is; or, when it does not know the process that took
 * the place of another yet, what that one left behind, above a seam, and then all the output of the new one.
 */
export async function openingScreen(
  { host, mirrors, replayBytes }: Sources,
  session: OpenedSession,
  known: Pick<OpenRequest, 'epoch' | 'offset'>,
  now: HostSession,
): Promise<OpeningScreen> {
  const isNew = session.created || (known.epoch !== undefined && known.epoch !== now.epoch);
  const isWhole = now.start === 0 && now.end <= replayBytes;
  const before = isNew && isWhole ? await epochBefore(host, session.key, now) : undefined;
  if (!before) {
    const snapshot = await mirrors.snapshot(session.key);
    return { snapshot, resumption: resumeFromSnapshot(known, snapshot) };
  }
  const left = await mirrors.lastScreen(session.key, before.epoch, seam(before));
  return { snapshot: { ...left, offset: 0 }, resumption: { resume: 'new-epoch', offset: 0 } };
}

async function epochBefore(host: PtyHostClient, sessionId: string, now: HostSession): Promise<EpochInfo | undefined> {
  if (now.epochNumber === 1) return undefined;
  const { epochs } = await host.request('info', { sessionId });
  return epochs.findLast(({ epochNumber }) => epochNumber < now.epochNumber);
}

/** The line between what one process printed and what the next one prints. */
function seam({ exit, endedAt }: EpochInfo): string {
  const time = endedAt === null ? '' : ` at ${new Date(endedAt).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  return `── ${whatHappened(exit)}${time}; this is a new process ──`;
}

function whatHappened(exit: EpochInfo['exit']): string {
  switch (exit?.reason) {
    case 'hibernated':
      return 'hibernated';
    case 'expired':
      return 'ended because nobody used it';
    case 'exited':
    case 'terminated':
      return `ended ${exit.signal === null ? `with code ${exit.exitCode}` : `by SIG${exit.signal}`}`;
    // Absent: of an older host, which replaces nothing else.
    case undefined:
    case 'host-lost':
      return 'machine or host was lost';
  }
}
