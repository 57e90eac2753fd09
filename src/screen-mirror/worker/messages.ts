import type { EmulatorSnapshot, Reply, Resize, ScreenText, Size } from '../emulator/screen-emulator';

interface Jobs {
  /** Starts a session's screen, empty, at `offset` of its output; replaces one that is there. */
  open: { request: Size & { readonly offset: number; readonly scrollbackLines: number }; result: Progress };
  feed: { request: { readonly bytes: Uint8Array; readonly resizes: readonly Resize[] }; result: Progress };
  snapshot: { request: object; result: Omit<EmulatorSnapshot, 'bytes'> & { readonly bytes: Uint8Array } };
  /** Ends the screen under `seam`, below which another process writes. */
  seal: { request: { readonly seam: string }; result: null };
  text: { request: object; result: ScreenText };
  replies: { request: { readonly after: number }; result: readonly Reply[] };
  close: { request: object; result: null };
}

export type Operation = keyof Jobs;
export type Job<O extends Operation = Operation> = {
  [P in O]: { readonly op: P; readonly session: string } & Jobs[P]['request'];
}[O];
export type JobResult<O extends Operation> = Jobs[O]['result'];

/** Where a session's screen is now and what it weighs. */
export interface Progress extends Size {
  readonly offset: number;
  readonly estimatedBytes: number;
}

export type Answer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly code: 'effort' | 'failed'; readonly message: string };
