import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CloseCode, type ServerEvents } from '@holdfast/protocol';
import { CONFIG, type Config } from '../../config/environment';
import { AccessEvents } from '../auth/access-events';
import { Disposables } from '../kernel/disposables';
import { ConnectionStats } from './connection-stats';
import { shareEnded } from './dismissals';
import type { LiveConnection } from './live-connection';

/** Clients of a server that goes away move spread over this time at least … */
const MIN_SPREAD_MS = 500;
/** … and at most this many in a second: 500 at once cost everybody 240 ms, spread over 2 s a tenth of it (facts, B6). */
const MOVES_PER_SECOND = 250;
/** The last to be told still need time to move before the deadline. */
const SPREAD_SHARE = 0.8;

/** How a server goes away. */
export interface Departure {
  readonly reason: 'shutdown' | 'deploy';
  /** After this long, whoever is still here is closed with 1012. */
  readonly timeoutMs: number;
  /** Other processes accept on the same ports: nobody is refused, late arrivals are sent on. */
  readonly othersAccept: boolean;
}

/** Every open socket of this process: their number, their heartbeat, and who is thrown out when access is taken away. */
@Injectable()
export class Connections implements OnModuleInit, OnModuleDestroy {
  private readonly open = new Set<LiveConnection>();
  private readonly silentBeats = new WeakMap<LiveConnection, number>();
  private readonly undo = new Disposables();
  private ownOrigins: ReadonlySet<string> = new Set();
  private departure: (Departure & { readonly spreadMs: number }) | undefined;
  private readonly whenEmpty = new Set<() => void>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly access: AccessEvents,
    private readonly stats: ConnectionStats,
  ) {}

  onModuleInit(): void {
    const heartbeat = setInterval(() => this.beat(), this.config.webSocket.heartbeatIntervalMs);
    this.undo.add(() => clearInterval(heartbeat));
    const { access } = this;
    const subscriptions = [
      access.on('login.revoked', ({ loginId }) => this.revoke(({ principal }) => principal.loginId === loginId)),
      access.on('user.revoked', ({ userId }) => this.revoke(({ principal }) => principal.userId === userId)),
      access.on('membership.changed', ({ userId, projectId }) =>
        this.revoke(({ principal, projectIds }) => principal.userId === userId && includes(projectIds, projectId)),
      ),
      access.on('project.deleted', ({ projectId }) =>
        this.closeWhere(({ projectIds }) => includes(projectIds, projectId), CloseCode.notFound, 'project_not_found'),
      ),
      access.on('share.revoked', ({ shareId }) => this.endShare(shareId)),
      access.on('grant.revoked', ({ shareId, userId }) => this.endShare(shareId, userId)),
    ];
    for (const subscription of subscriptions) this.undo.add(() => subscription.dispose());
  }

  onModuleDestroy(): void {
    this.undo.dispose();
  }

  [Symbol.iterator](): Iterator<LiveConnection> {
    return this.open[Symbol.iterator]();
  }

  get size(): number {
    return this.open.size;
  }

  /** Nobody would take over from here: who comes now is told to come back later. */
  get refusesNew(): boolean {
    return this.departure?.othersAccept === false;
  }

  add(connection: LiveConnection): void {
    this.open.add(connection);
    this.stats.connections = this.open.size;
    if (this.departure) connection.goAway(this.departure.reason, jitter(this.departure.spreadMs));
  }

  remove(connection: LiveConnection): void {
    this.open.delete(connection);
    this.stats.connections = this.open.size;
    if (this.open.size === 0) for (const done of this.whenEmpty) done();
  }

  /** On every socket of this user in this process. */
  tell<E extends keyof ServerEvents>(userId: string, event: E, data: ServerEvents[E]): void {
    for (const connection of this.open) if (connection.principal.userId === userId) connection.tell(event, data);
  }

  /** The console is served on one of this server's ports and may connect to another. */
  setOwnOrigins(origins: Iterable<string>): void {
    this.ownOrigins = new Set(origins);
  }

  isOwnOrigin(origin: string): boolean {
    return this.ownOrigins.has(origin);
  }

  /**
   * Asks every client to move, and serves them until they have: sessions go on in the PTY host, and a client opens them on its
   * new socket before it leaves the old one.
   */
  sendAway(departure: Departure): void {
    const wanted = Math.max(MIN_SPREAD_MS, (this.open.size / MOVES_PER_SECOND) * 1000);
    const spreadMs = Math.min(wanted, Math.max(MIN_SPREAD_MS, departure.timeoutMs * SPREAD_SHARE));
    this.departure = { ...departure, spreadMs };
    for (const connection of this.open) connection.goAway(departure.reason, jitter(spreadMs));
  }

  /** Resolves when the last client has moved; after `timeoutMs` the rest are closed with 1012. */
  async left(timeoutMs: number): Promise<void> {
    await this.emptyWithin(timeoutMs);
    for (const connection of this.open) {
      const retryAfterMs = jitter(this.departure?.spreadMs ?? MIN_SPREAD_MS);
      connection.close(CloseCode.restarting, { code: 'restarting', retryAfterMs });
    }
  }

  private emptyWithin(timeoutMs: number): Promise<void> {
    if (this.open.size === 0 || timeoutMs === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.whenEmpty.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.whenEmpty.add(done);
    });
  }

  private beat(): void {
    for (const connection of this.open) {
      const silent = connection.takeLife() ? 0 : (this.silentBeats.get(connection) ?? 0) + 1;
      this.silentBeats.set(connection, silent);
      if (silent >= 2) {
        connection.close(CloseCode.silent, { code: 'silent' });
        connection.destroy();
      } else {
        connection.ping();
      }
    }
  }

  /** Of one person, or of everybody who came by it. */
  private endShare(shareId: string, userId?: string): void {
    for (const connection of [...this.open]) {
      if (userId !== undefined && connection.principal.userId !== userId) continue;
      connection.dismiss(({ rights }) => rights.guest?.shareId === shareId, shareEnded());
    }
  }

  private revoke(isAffected: (connection: LiveConnection) => boolean): void {
    this.closeWhere(isAffected, CloseCode.forbidden, 'forbidden');
  }

  private closeWhere(isAffected: (connection: LiveConnection) => boolean, closeCode: number, code: string): void {
    for (const connection of [...this.open]) if (isAffected(connection)) connection.close(closeCode, { code });
  }
}

function includes(projectIds: Iterable<string>, wanted: string): boolean {
  for (const projectId of projectIds) if (projectId === wanted) return true;
  return false;
}

function jitter(spreadMs: number): number {
  return Math.round(Math.random() * spreadMs);
}
