import type { Flagged } from '../input-check';

/** What the harness asks of the client process, and what it answers. Over the IPC channel, one at a time or several. */
export interface ClientRequests {
  /** Logs in, opens a terminal, runs the command in it. */
  start: { body: ClientStart; answer: { readonly sessionId: string } };
  status: { body: undefined; answer: ClientStatus };
  /** Longest pauses from `from` (monotonic milliseconds) until now. */
  pauses: { body: { readonly from: number }; answer: ClientPauses };
  /** No more keys from now on. */
  quiet: { body: undefined; answer: undefined };
  report: { body: undefined; answer: ClientReport };
}

export interface ClientStart {
  readonly webSocketUrl: string;
  readonly baseUrl: string;
  readonly email: string;
  readonly password: string;
  /** Typed into the shell; ends with a newline. */
  readonly command: string;
}

export interface ClientStatus {
  /** Of the SDK's connection. */
  readonly state: string;
  readonly begun: boolean;
  readonly ended: boolean;
  readonly outputBytes: number;
  /** Numbers of the newest key typed and of the newest one the program answered. */
  readonly typedKey: number;
  readonly echoedKey: number;
  /** Monotonic milliseconds of the latest `welcome`, of the latest output and of the latest echo. */
  readonly welcomeAt: number;
  readonly outputAt: number;
  readonly echoAt: number;
  readonly reconnects: number;
  readonly problem: string | undefined;
}

export interface ClientPauses {
  readonly outputMs: number;
  readonly echoMs: number;
}

export interface ClientReport {
  readonly outputBytes: number;
  readonly outputSha256: string;
  readonly doubledBytes: number;
  readonly missingLines: number;
  /** What was typed behind the command, in full. */
  readonly typed: string;
  readonly flagged: readonly Flagged[];
  readonly reconnects: number;
  readonly refused: number;
  readonly problem: string | undefined;
}

export type ClientOperation = keyof ClientRequests;

/** The same clock in every process of this machine, and deaf to the wall clock. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
