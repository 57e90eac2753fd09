import type { HostSession } from '../pty-host/wire/host-messages';
import type { SessionEntity } from './session.entity';

/**
 * Another process may take the place of the one that has ended: it was lost with its host; or it was only the one of the moment of a
 * conversation, and neither its user ended it nor it itself in good order.
 */
export function isReplaceable({ exit, labels }: Pick<HostSession, 'exit' | 'labels'>): boolean {
  return exit !== null && mayHaveSuccessor(exit, labels?.gateway === 'claude');
}

/** The same by its record, while the host cannot be asked. */
export function wasReplaceable({ status, gateway, endReason, exitCode }: SessionEntity): boolean {
  return status === 'ended' && mayHaveSuccessor({ reason: endReason, exitCode }, gateway === 'claude');
}

function mayHaveSuccessor(
  { reason, exitCode }: { readonly reason: string | null; readonly exitCode: number | null },
  isConversation: boolean,
): boolean {
  switch (reason) {
    case 'host-lost':
    case 'hibernated':
      return true;
    case 'expired':
      return isConversation;
    case 'exited':
      return isConversation && exitCode !== 0;
    default:
      return false;
  }
}
