/** Stable codes of `error` events, refused upgrades and REST errors. */
export const ErrorCode = {
  badFrame: 'bad_frame',
  badRequest: 'bad_request',
  methodNotAllowed: 'method_not_allowed',
  unsupportedMediaType: 'unsupported_media_type',
  unauthenticated: 'unauthenticated',
  /** Of somebody who is logged in, and stays so. */
  passwordWrong: 'password_wrong',
  /** The account has a second factor: the login needs a code as well. */
  totpRequired: 'totp_required',
  /** The code is wrong, too old, or was used. */
  totpInvalid: 'totp_invalid',
  /** This login may only enroll a second factor. */
  totpEnrollmentRequired: 'totp_enrollment_required',
  /** Confirm the password first: `POST /api/auth/step-up`. */
  stepUpRequired: 'step_up_required',
  forbidden: 'forbidden',
  notFound: 'not_found',
  conflict: 'conflict',
  badOrigin: 'bad_origin',
  badHost: 'bad_host',
  unsupportedProtocol: 'unsupported_protocol',
  tooManyConnections: 'too_many_connections',
  draining: 'draining',
  rateLimited: 'rate_limited',
  channelInUse: 'channel_in_use',
  noSuchChannel: 'no_such_channel',
  tooManyChannels: 'too_many_channels',
  badSessionId: 'bad_session_id',
  sessionNotFound: 'session_not_found',
  sessionEnded: 'session_ended',
  sessionLimit: 'session_limit',
  projectNotFound: 'project_not_found',
  inputGap: 'input_gap',
  inputOverflow: 'input_overflow',
  readOnly: 'read_only',
  takenOver: 'taken_over',
  /** Somebody who manages the session, or an administrator, sent the caller away. */
  kicked: 'kicked',
  /** The link that let the caller in was taken back or has expired. */
  shareEnded: 'share_ended',
  /** No such link, or not any more, or used up: which one is nobody's business. */
  shareNotFound: 'share_not_found',
  /** An administrator who is no member has to say that he watches. */
  watchRequired: 'watch_required',
  launchFailed: 'launch_failed',
  /** Nothing that confines shells works on this server, and nothing weaker is taken silently. */
  launcherUnavailable: 'launcher_unavailable',
  /** Shells would not be confined, and this server has several users. */
  launcherUnsafe: 'launcher_unsafe',
  /** No such launch profile, or not for this caller in this project. */
  profileNotFound: 'profile_not_found',
  /** The workspace or the home directory holds as much as it may: no new terminals in it. */
  workspaceFull: 'workspace_full',
  /** Something else is in the place of the workspace or the home directory. */
  workspaceUnusable: 'workspace_unusable',
  /** What Claude may cost today is used up, for this user, this project or the server. */
  budgetExceeded: 'budget_exceeded',
  /** An administrator has not listed this Claude model. */
  modelNotAllowed: 'model_not_allowed',
  /** Command suggestions are not allowed here, or the caller has not switched them on. */
  suggestionsOff: 'suggestions_off',
  /** The shell does not wait for a command, or does not say so. */
  noPrompt: 'no_prompt',
  hostUnavailable: 'host_unavailable',
  databaseUnavailable: 'database_unavailable',
  circuitOpen: 'circuit_open',
  unavailable: 'unavailable',
  searchTimeout: 'search_timeout',
  diskFull: 'disk_full',
  /** Too many writes wait for the database: no new sessions until it is back. */
  outboxFull: 'outbox_full',
  /** A change by an administrator that could not be put on record, and was therefore not made. */
  auditUnavailable: 'audit_unavailable',
  transcriptDamaged: 'transcript_damaged',
  internal: 'internal',
} as const;

export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];
