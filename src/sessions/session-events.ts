import { createHash } from 'node:crypto';

/** What is written into a session's history, by kind. `by` is the id of the user who did it. */
export interface SessionEventData {
  /** Somebody opened it for the first time. */
  created: { readonly by: string };
  /** A process runs for it: the first one, or one that took the place of a lost one. */
  started: { readonly epoch: string; readonly epochNumber: number };
  /** Its process has ended: by itself, because somebody ended it, or because it could not be made. */
  ended: {
    readonly epoch: string | null;
    readonly reason: string;
    readonly exitCode: number | null;
    readonly signal: string | null;
  };
  /** The PTY host or the machine ended, and the process with it. */
  'host-lost': { readonly epoch: string | null };
  /** Its process was ended for now; opened again, the session gets another one. */
  hibernated: { readonly epoch: string | null };
  /** Nobody watched it and it printed nothing for too long. */
  'retention-expired': { readonly epoch: string | null };
  /** Somebody gave it a name, or took it away (null). */
  renamed: { readonly by: string; readonly name: string | null };
  /** Somebody excepted it from retention. */
  kept: { readonly by: string };
  /** Somebody ended that exception. */
  unkept: { readonly by: string };
  /** Somebody asked for its end over REST; `ended` follows. */
  'termination-requested': { readonly by: string };
  /** An administrator ended it, and said why; `ended` follows. */
  'terminated-by-administrator': { readonly by: string; readonly reason: string };
}

export type SessionEventKind = keyof SessionEventData;

/** One event with what belongs to it. */
export type SessionEvent = {
  [K in SessionEventKind]: { readonly kind: K; readonly data: SessionEventData[K] };
}[SessionEventKind];

/** The same for everybody who saw the same thing happen, so that it is in the history once. A UUID. */
export function eventIdOf(...what: readonly (string | number | null)[]): string {
  const hex = createHash('sha256').update(JSON.stringify(what)).digest('hex');
  // Version 8 (a form of our own) and the variant of RFC 9562.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
