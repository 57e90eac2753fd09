import pg from 'pg';
import type { CircuitBreaker, Permit } from '../../circuit-breaker/circuit-breaker';
import { databaseUnavailable, isDatabaseUnavailable } from './database-errors';
import type { SchemaGate } from './schema-gate';

export interface PoolGuard {
  readonly breaker: CircuitBreaker;
  readonly schema: SchemaGate;
}

type Release = (error?: Error | boolean) => void;
type Checkout = (error: Error | undefined, client: pg.PoolClient | undefined, release: Release) => void;

/**
 * TypeORM 1.1 takes a connection twice when it starts – `createPool`, `afterConnect` – and uses neither. It gets none: the first
 * is made when somebody wants one, so that a start without a database is like any other.
 */
const TRIALS_AT_START = 2;
/** How soon a database whose schema is being looked at is worth another try. */
const SCHEMA_RETRY_MS = 1000;

/**
 * The `pg` that TypeORM is given: its pool is the one place where every statement of this process passes the breaker. Only
 * unavailability counts as failure; behind the open circuit nothing is dialled and the answer comes at once.
 */
export function guardedDriver(guard: PoolGuard): typeof pg {
  // Shown as what it is; the first query after the schema's return is the probe.
  if (!guard.schema.isCurrent) guard.breaker.trip();
  class GuardedPool extends pg.Pool {
    private readonly clients = new WeakSet<pg.PoolClient>();
    private readonly permits = new WeakMap<pg.PoolClient, Permit>();
    private readonly broken = new WeakSet<pg.PoolClient>();
    private trials = TRIALS_AT_START;

    override connect(): Promise<pg.PoolClient>;
    override connect(callback: Checkout): void;
    override connect(callback?: Checkout): Promise<pg.PoolClient> | void {
      if (!callback) {
        return new Promise((resolve, reject) => {
          this.checkOut((error, client) => (client ? resolve(client) : reject(error ?? new Error('no connection'))));
        });
      }
      if (this.trials > 0) {
        this.trials--;
        return callback(undefined, undefined, () => undefined);
      }
      this.checkOut(callback);
    }

    private checkOut(callback: Checkout): void {
      const refuse = (error: Error): void => callback(error, undefined, () => undefined);
      const details = { circuit: guard.breaker.name };
      if (!guard.schema.isCurrent) return refuse(databaseUnavailable({ retryAfterMs: SCHEMA_RETRY_MS, details }));
      const admission = guard.breaker.admit();
      if (!admission.admitted) return refuse(databaseUnavailable({ retryAfterMs: admission.retryAfterMs, details }));
      const { permit } = admission;
      // Waiting in vain for others to give back their connection says nothing about the server.
      const mayDial = this.idleCount > 0 || this.totalCount < this.options.max;
      super.connect((error, client, release) => {
        if (!client) {
          const failure = error ?? new Error('no connection');
          if (mayDial && isDatabaseUnavailable(failure)) permit.failed();
          return refuse(failure);
        }
        this.permits.set(client, permit);
        this.watch(client);
        // A connection whose query got no answer would hand the next one that answer.
        callback(undefined, client, (reason) => release(reason ?? this.broken.has(client)));
      });
    }

    /** Reports how each query went to the breaker, by the permit of its check-out. */
    private watch(client: pg.PoolClient): void {
      if (this.clients.has(client)) return;
      this.clients.add(client);
      // The pool listens to idle connections, TypeORM to those it has: one that breaks in between would end this process.
      client.on('error', () => undefined);
      const query = client.query.bind(client) as (...args: unknown[]) => unknown;
      const watched = (...args: unknown[]): unknown => {
        const result = query(...args);
        if (result instanceof Promise) {
          result.then(
            () => this.permits.get(client)?.succeeded(),
            (error: unknown) => this.onFailure(client, error),
          );
        }
        return result;
      };
      client.query = watched as pg.PoolClient['query'];
    }

    private onFailure(client: pg.PoolClient, error: unknown): void {
      if (!isDatabaseUnavailable(error)) return this.permits.get(client)?.succeeded();
      this.broken.add(client);
      this.permits.get(client)?.failed();
    }
  }
  return { ...pg, Pool: GuardedPool };
}
