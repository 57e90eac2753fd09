import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Disposable } from '../kernel/disposables';
import type { ClaudeToken } from './claude-tokens';

/** Serves what begins with `/prefix`. Who calls is known by then; the body has not been read. */
export interface ClaudeRoute {
  readonly prefix: string;
  handle(request: IncomingMessage, response: ServerResponse, token: ClaudeToken): void | Promise<void>;
}

/** A call from one gateway process to the leader. What it throws as a DomainError arrives as one. */
export type ClaudeControl = (body: unknown) => Promise<unknown>;

/**
 * Where the programs of Claude sessions call in. One gateway process of a machine, the leader, listens for all of them; the
 * others reach it through `control`.
 */
export abstract class ClaudeListener {
  abstract add(route: ClaudeRoute): void;
  abstract addControl(name: string, handle: ClaudeControl): void;
  /** Answered by the leader, which may be this process. */
  abstract control(name: string, body: unknown): Promise<unknown>;
  abstract get isLeader(): boolean;
  /** Called when this process begins to lead, before anything arrives; at once when it leads already. */
  abstract onLeading(begin: () => void): Disposable;
  /** `http://127.0.0.1:PORT`: the same for every leader of this machine. */
  abstract get baseUrl(): string;
  abstract get socketPath(): string;
}
