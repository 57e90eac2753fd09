/** Every code with which a Holdfast socket closes, and what the client does about it. */
export const CloseCode = {
  /** The client is done. It stops. */
  normal: 1000,
  /** The server shuts down or drains. Reconnect after the hinted, jittered delay and resume. */
  goingAway: 1001,
  /** A frame was larger than `limits.maxFrameBytes`. Stop and report. */
  messageTooBig: 1009,
  /** An error in the server. Retry with backoff. */
  internalError: 1011,
  /** The server restarts. Retry after the hint. */
  restarting: 1012,
  /** The server is overloaded. Retry after the hint. */
  overloaded: 1013,
  /** The protocol was violated a hundred times in a minute. Stop and report. */
  badRequest: 4000,
  /** The access token expired. Renew once, then reconnect. */
  credentialExpired: 4001,
  /** Access was refused or taken away, or the user logged out. Stop. */
  forbidden: 4003,
  /** There is no such session or project. Stop. */
  notFound: 4004,
  /** Nothing was heard for two heartbeats. Reconnect. */
  silent: 4008,
  /** A newer connection of the same writer took over. Stop; may offer to take back. */
  takenOver: 4009,
  /** The session ended; its `exited` event came first. Stop. */
  sessionEnded: 4010,
  /** Removed by an administrator or by the owner. Stop. */
  removed: 4023,
  /** The protocol version is not supported. Stop and ask for an upgrade. */
  versionUnsupported: 4026,
  /** A rate or a quota was exceeded. Wait for the hint. */
  quota: 4029,
  /** The PTY host cannot be reached. Retry with backoff. */
  hostUnreachable: 4050,
  /** The circuit is open. Wait for `retryAfterMs`, then try once. */
  circuitOpen: 4053,
} as const;

export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

export type CloseReaction = 'stop' | 'reconnect' | 'renew' | 'wait';

/** What a client does after a close with `code`; unknown codes and 1006 (a cut) mean reconnect. */
export function reactionTo(code: number): CloseReaction {
  switch (code) {
    case CloseCode.normal:
    case CloseCode.messageTooBig:
    case CloseCode.badRequest:
    case CloseCode.forbidden:
    case CloseCode.notFound:
    case CloseCode.takenOver:
    case CloseCode.sessionEnded:
    case CloseCode.removed:
    case CloseCode.versionUnsupported:
      return 'stop';
    case CloseCode.credentialExpired:
      return 'renew';
    case CloseCode.overloaded:
    case CloseCode.quota:
    case CloseCode.circuitOpen:
      return 'wait';
    default:
      return 'reconnect';
  }
}

/** A close reason is at most 123 bytes; a hint travels in it as JSON. */
export interface CloseHint {
  readonly code?: string;
  readonly retryAfterMs?: number;
}

export function parseCloseHint(reason: string): CloseHint {
  if (!reason.startsWith('{')) return {};
  try {
    return JSON.parse(reason) as CloseHint;
  } catch {
    return {};
  }
}
