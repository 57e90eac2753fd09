import type { ErrorCode } from '@holdfast/protocol';

/**
 * A refusal with a stable code and a sentence that says what to do. Each transport maps it in one place:
 * HTTP in `infrastructure/http`, WebSocket in `terminal-connection`.
 */
export class DomainError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly options: {
      readonly retryable?: boolean;
      readonly retryAfterMs?: number;
      readonly details?: Readonly<Record<string, unknown>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'DomainError';
  }

  get retryable(): boolean {
    return this.options.retryable ?? false;
  }
}
