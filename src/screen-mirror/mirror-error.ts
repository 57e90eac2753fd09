/**
 * `timeout`, `crashed`: this job made the worker hang or die. `restarted`: another job did, and took this mirror along.
 * `effort`, `failed`: the output could not be parsed. `closed`: shutdown.
 */
export type MirrorErrorCode = 'timeout' | 'crashed' | 'restarted' | 'effort' | 'failed' | 'closed';

/** The mirror cannot draw this session; never a reason to stop the session. */
export class MirrorError extends Error {
  constructor(
    readonly code: MirrorErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'MirrorError';
  }
}
