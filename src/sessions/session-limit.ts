import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../kernel/domain-error';

export function sessionLimit(limit: number, running: number): DomainError {
  return new DomainError(
    ErrorCode.sessionLimit,
    `This project has ${running} running sessions and may have ${limit} (SESSION_MAX_PER_PROJECT). Terminate one first.`,
    { details: { limit: 'SESSION_MAX_PER_PROJECT', value: limit, current: running } },
  );
}
