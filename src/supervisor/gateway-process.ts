import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import type { Ports } from '../endpoints';
import type { NewAdministrator } from '../first-start/admin-bootstrap';
import { TypedEvents } from '../kernel/typed-events';
import type { Departure } from '../terminal-connection/connections';
import type { Listeners } from './listeners';
import { type FromGateway, SUPERVISED, type ToGateway } from './messages';

const PROGRAM = path.join(__dirname, '../main.js');

/** How a gateway process lives; a state never goes back. */
export type GatewayState =
  | 'starting'
  /** Booted, told nothing yet. */
  | 'warm'
  /** Told to serve. */
  | 'promoted'
  | 'serving'
  | 'draining'
  | 'ended';

const ORDER: readonly GatewayState[] = ['starting', 'warm', 'promoted', 'serving', 'draining', 'ended'];

export interface GatewayLaunch {
  readonly generation: number;
  readonly listeners: Listeners;
  readonly env: NodeJS.ProcessEnv;
}

/** One gateway process, as its supervisor sees it. */
export class GatewayProcess {
  readonly events = new TypedEvents<{ state: GatewayState; heard: undefined }>();
  readonly generation: number;
  /** Why it ended, in its own words. */
  failure: string | undefined;
  /** It ended after it had let its clients go. */
  leftInOrder = false;
  ports: Ports | undefined;
  newAdministrator: NewAdministrator | undefined;
  /** Monotonic milliseconds. */
  servingSince: number | undefined;
  private current: GatewayState = 'starting';
  private readonly child: ChildProcess;

  constructor({ generation, listeners, env }: GatewayLaunch) {
    this.generation = generation;
    const { http, terminal, claude } = listeners;
    this.child = spawn(process.execPath, [PROGRAM, SUPERVISED], {
      env,
      // The order is that of `LISTENERS` in messages.ts.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', http.fd, terminal.fd, claude.fd],
    });
    this.child.on('message', (message: FromGateway) => this.onMessage(message));
    this.child.once('error', (error) => this.end(error.message));
    this.child.once('exit', (code, signal) => this.end(signal ? `ended by ${signal}` : `ended with code ${code}`));
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get state(): GatewayState {
    return this.current;
  }

  /** Serving, or about to. */
  get isServing(): boolean {
    return this.current === 'promoted' || this.current === 'serving';
  }

  serve(): void {
    if (this.current !== 'warm') return;
    this.tell({ kind: 'serve' });
    this.advance('promoted');
  }

  /** One that still boots has nothing to finish, and would not listen. */
  stop(departure: Departure): void {
    if (this.current === 'starting') this.kill();
    else this.tell({ kind: 'stop', departure });
    this.advance('draining');
  }

  ping(): void {
    this.tell({ kind: 'ping' });
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Resolves once it is that far, also when it went on from there; rejects when it ends before, or after `timeoutMs`. */
  until(wanted: GatewayState, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): boolean => {
        const isThere = !isBefore(this.current, wanted);
        if (this.current === 'ended' && wanted !== 'ended') finish(() => reject(new Error(this.failure)));
        else if (isThere) finish(resolve);
        return isThere;
      };
      const subscription = this.events.on('state', look);
      const timer = setTimeout(
        () => finish(() => reject(new Error(`it was not ${wanted} after ${timeoutMs / 1000} s`))),
        timeoutMs,
      );
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        subscription.dispose();
        settle();
      };
      look();
    });
  }

  private onMessage(message: FromGateway): void {
    this.events.emit('heard', undefined);
    switch (message.kind) {
      case 'warm':
        this.newAdministrator = message.newAdministrator;
        return this.advance('warm');
      case 'serving':
        this.ports = message.ports;
        this.servingSince = performance.now();
        return this.advance('serving');
      case 'leaving':
        return this.advance('draining');
      case 'failed':
        this.failure = message.reason;
        return;
      case 'pong':
        return;
    }
  }

  private end(how: string): void {
    this.failure ??= how;
    this.leftInOrder = this.current === 'draining';
    this.advance('ended');
  }

  private advance(to: GatewayState): void {
    if (!isBefore(this.current, to)) return;
    this.current = to;
    this.events.emit('state', to);
  }

  private tell(message: ToGateway): void {
    // One that is just ending hears nothing; its exit follows.
    if (this.child.connected) this.child.send(message, () => undefined);
  }
}

function isBefore(one: GatewayState, other: GatewayState): boolean {
  return ORDER.indexOf(one) < ORDER.indexOf(other);
}
