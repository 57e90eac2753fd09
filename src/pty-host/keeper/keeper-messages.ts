import type { Launch } from '../wire/host-messages';

/**
 * What keeper and broker say to each other over Node's IPC channel. Frozen on purpose: the keeper is never upgraded while it
 * holds shells, so a newer broker must understand an older keeper, and says nothing new that needs an answer.
 */
export interface RawExit {
  readonly exitCode: number;
  readonly signal: number;
}

export interface KeptSession {
  readonly sessionId: string;
  readonly pid: number;
  readonly exit: RawExit | null;
}

export type KeeperToBroker =
  /** First message: who is alive. The broker asks for the descriptors. */
  | {
      readonly type: 'init';
      readonly incarnation: number;
      readonly generation: number;
      readonly keeperPid: number;
      readonly sessions: readonly KeptSession[];
      /** It takes the message `roll`; an older keeper just starts another broker when this one ends. */
      readonly rolls?: true;
    }
  /** The masters of these sessions have just been sent, in this order. */
  | { readonly type: 'descriptors'; readonly sessions: readonly KeptSession[] }
  | { readonly type: 'exit'; readonly sessionId: string; readonly exit: RawExit }
  | { readonly type: 'spawn-failed'; readonly sessionId: string; readonly message: string };

export type BrokerToKeeper =
  /** At most `MAX_DESCRIPTORS_IN_FLIGHT` ids. */
  | { readonly type: 'want-descriptors'; readonly sessionIds: readonly string[] }
  /** Idempotent by id. Answered by `descriptors`. */
  | {
      readonly type: 'spawn';
      readonly sessionId: string;
      readonly launch: Launch;
      readonly cols: number;
      readonly rows: number;
    }
  /** The session is over and drained: close the master. */
  | { readonly type: 'release'; readonly sessionId: string }
  /** End every shell, then broker and keeper. */
  | { readonly type: 'shutdown' }
  /** Replace this broker by one of the installed build. */
  | { readonly type: 'roll' }
  /** Booted, and waiting for `init`. */
  | { readonly type: 'warm' };

/** A socket holds a limited number of descriptors in flight; the broker asks for this many at a time. */
export const MAX_DESCRIPTORS_IN_FLIGHT = 64;

/** Descriptors the broker inherits from the keeper. */
export const BrokerFd = { ipc: 3, descriptors: 4, listener: 5 } as const;
