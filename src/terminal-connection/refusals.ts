import { ErrorCode, type ErrorData } from '@holdfast/protocol';
import { databaseUnavailable, isDatabaseUnavailable } from '../infrastructure/database/database-errors';
import { DomainError } from '../kernel/domain-error';
import type { AttachmentEvents } from '../pty-host/wire/host-messages';

/** The one place where an error becomes what a socket says of it. */
export function asDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  if (isDatabaseUnavailable(error)) return databaseUnavailable({ cause: error });
  return new DomainError(ErrorCode.internal, 'Something went wrong in the server; its log says what.', {
    retryable: true,
    cause: error,
  });
}

export type InputRefusal = AttachmentEvents['input-refused']['code'];

/** Why the PTY host did not take input, for people. */
export const INPUT_REFUSALS: Readonly<Record<InputRefusal, Pick<ErrorData, 'message' | 'retryable' | 'details'>>> = {
  input_gap: { message: 'Input before this frame is missing; send again from `inputOffset`.', retryable: true },
  input_overflow: {
    message: 'The program does not read its input; send again from `inputOffset` later.',
    retryable: true,
    details: { limit: 'input the program has not read' },
  },
  taken_over: { message: 'A newer connection of this writer took over.', retryable: false },
  read_only: { message: 'You are a viewer of this terminal; your input was refused.', retryable: false },
  session_ended: { message: 'The process has ended; your input was refused.', retryable: false },
};
