import { HttpException } from '@nestjs/common';
import type { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../../kernel/domain-error';
import { databaseUnavailable, isDatabaseUnavailable, isInvalidInput } from '../database/database-errors';

/** What a client gets, apart from the request id. */
export interface ErrorResponse {
  readonly statusCode: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number;
  /** An error nobody foresaw: its cause belongs into the log. */
  readonly isUnexpected?: true;
}

const STATUS: Readonly<Record<ErrorCode, number>> = {
  bad_frame: 400,
  bad_request: 400,
  bad_session_id: 400,
  unauthenticated: 401,
  password_wrong: 401,
  totp_required: 401,
  totp_invalid: 401,
  budget_exceeded: 402,
  totp_enrollment_required: 403,
  step_up_required: 403,
  forbidden: 403,
  bad_origin: 403,
  read_only: 403,
  kicked: 403,
  watch_required: 403,
  model_not_allowed: 403,
  suggestions_off: 403,
  not_found: 404,
  session_not_found: 404,
  project_not_found: 404,
  share_not_found: 404,
  no_such_channel: 404,
  profile_not_found: 404,
  conflict: 409,
  channel_in_use: 409,
  taken_over: 409,
  no_prompt: 409,
  input_gap: 409,
  session_ended: 410,
  share_ended: 410,
  method_not_allowed: 405,
  input_overflow: 413,
  unsupported_media_type: 415,
  bad_host: 421,
  unsupported_protocol: 426,
  rate_limited: 429,
  session_limit: 429,
  too_many_channels: 429,
  internal: 500,
  launch_failed: 500,
  too_many_connections: 503,
  draining: 503,
  host_unavailable: 503,
  launcher_unavailable: 503,
  launcher_unsafe: 503,
  database_unavailable: 503,
  circuit_open: 503,
  unavailable: 503,
  outbox_full: 503,
  audit_unavailable: 503,
  search_timeout: 422,
  disk_full: 507,
  workspace_full: 507,
  workspace_unusable: 500,
  transcript_damaged: 500,
};

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  503: 'unavailable',
};

const DEFAULT_RETRY_AFTER_SECONDS = 2;

/** The one place where an error becomes an HTTP answer. */
export function toErrorResponse(error: unknown): ErrorResponse {
  if (error instanceof DomainError) return ofDomainError(error);
  if (isDatabaseUnavailable(error)) return ofDomainError(databaseUnavailable());
  if (isInvalidInput(error)) {
    return { statusCode: 400, code: 'bad_request', message: 'The request has a value that cannot be stored.' };
  }
  const status = httpStatus(error);
  if (status === undefined || status >= 500) return unexpected(status);
  const message = error instanceof Error ? error.message : 'The request is not valid.';
  return withRetryAfter({ statusCode: status, code: CODE_OF_STATUS[status] ?? 'bad_request', message });
}

function ofDomainError({ code, message, options }: DomainError): ErrorResponse {
  const { details, retryAfterMs } = options;
  return withRetryAfter({ statusCode: STATUS[code], code, message, ...(details && { details }) }, retryAfterMs);
}

function unexpected(status: number | undefined): ErrorResponse {
  if (status === 503) return withRetryAfter({ statusCode: 503, code: 'unavailable', message: 'Try again later.' });
  const message = 'Something went wrong in the server; its log says more under this request id.';
  return { statusCode: 500, code: 'internal', message, isUnexpected: true };
}

function withRetryAfter(response: ErrorResponse, retryAfterMs?: number): ErrorResponse {
  if (response.statusCode !== 503 && response.statusCode !== 429) return response;
  const seconds = retryAfterMs === undefined ? DEFAULT_RETRY_AFTER_SECONDS : Math.ceil(retryAfterMs / 1000);
  return { ...response, retryAfterSeconds: Math.max(1, seconds) };
}

/** Of Nest's exceptions, and of those that Express' body parser throws. */
function httpStatus(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (typeof error !== 'object' || error === null || !('expose' in error) || !('status' in error)) return undefined;
  return typeof error.status === 'number' ? error.status : undefined;
}
