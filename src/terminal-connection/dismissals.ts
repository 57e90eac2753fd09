import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../kernel/domain-error';

/** Why somebody has to leave a session that goes on without them. */
export function kicked(): DomainError {
  return new DomainError(ErrorCode.kicked, 'You were sent away from this terminal. Ask its owner to let you in again.');
}

export function shareEnded(): DomainError {
  return new DomainError(
    ErrorCode.shareEnded,
    'This terminal is no longer shared with you. Ask its owner for a new link.',
  );
}
