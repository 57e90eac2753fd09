export interface ScreenMirrorOptions {
  /** Lines above the screen in a snapshot. */
  readonly scrollbackLines: number;
  readonly workers: number;
  /** A worker that has not answered a job of at most 1 MiB by then is replaced. */
  readonly jobTimeoutMs: number;
  readonly maxMirrors: number;
  /** Estimated bytes of all mirrors; the least recently used go first. */
  readonly maxBytes: number;
  /** A mirror nobody asked for is dropped; building one again takes milliseconds. */
  readonly idleMs: number;
  /** For so long a session that broke the emulator is shown as plain text. */
  readonly poisonedMs: number;
}

export const SCREEN_MIRROR_DEFAULTS: ScreenMirrorOptions = {
  scrollbackLines: 500,
  workers: 1,
  jobTimeoutMs: 5_000,
  maxMirrors: 256,
  maxBytes: 128 * 1024 * 1024,
  idleMs: 60_000,
  poisonedMs: 60_000,
};
