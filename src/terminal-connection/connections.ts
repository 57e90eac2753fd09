import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CloseCode } from '@holdfast/protocol';
import { CONFIG, type Config } from '../../config/environment';
import { AccessEvents } from '../auth/access-events';
import type { Principal } from '../auth/principal';
import { Disposables } from '../kernel/disposables';
import { ConnectionStats } from './connection-stats';
import type { LiveConnection } from './live-connection';

/** Clients of a server that goes away come back spread over this time. */
const RECONNECT_SPREAD_MS = 500;

/** Every open socket of this process: their number, their heartbeat, and who is thrown out when access is taken away. */
@Injectable()
export class Connections implements OnModuleInit, OnModuleDestroy {
  private readonly open = new Set<LiveConnection>();
  private readonly silentBeats = new WeakMap<LiveConnection, number>();
  private readonly undo = new Disposables();
  private ownOrigins: ReadonlySet<string> = new Set();
  private isDraining = false;

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
      access.on('login.revoked', ({ loginId }) => this.revoke((principal) => principal.loginId === loginId)),
      access.on('user.revoked', ({ userId }) => this.revoke((principal) => principal.userId === userId)),
      access.on('membership.changed', ({ userId, projectId }) =>
        this.revoke((principal, projects) => principal.userId === userId && projects.includes(projectId)),
      ),
      access.on('project.deleted', ({ projectId }) =>
        this.closeWhere((_, projects) => projects.includes(projectId), CloseCode.notFound, 'project_not_found'),
      ),
    ];
    for (const subscription of subscriptions) this.undo.add(() => subscription.dispose());
  }

  onModuleDestroy(): void {
    this.undo.dispose();
  }

  get size(): number {
    return this.open.size;
  }

  get draining(): boolean {
    return this.isDraining;
  }

  add(connection: LiveConnection): void {
    this.open.add(connection);
    this.stats.connections = this.open.size;
  }

  remove(connection: LiveConnection): void {
    this.open.delete(connection);
    this.stats.connections = this.open.size;
  }

  /** The console is served on one of this server's ports and may connect to another. */
  setOwnOrigins(origins: Iterable<string>): void {
    this.ownOrigins = new Set(origins);
  }

  isOwnOrigin(origin: string): boolean {
    return this.ownOrigins.has(origin);
  }

  /** Tells every client to come back, and closes: sessions go on in the PTY host. */
  drain(): void {
    this.isDraining = true;
    for (const connection of this.open) {
      const retryAfterMs = Math.round(Math.random() * RECONNECT_SPREAD_MS);
      connection.goAway('shutdown', retryAfterMs);
      connection.close(CloseCode.restarting, { code: 'restarting', retryAfterMs });
    }
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

  private revoke(isAffected: (principal: Principal, projectIds: readonly string[]) => boolean): void {
    this.closeWhere(isAffected, CloseCode.forbidden, 'forbidden');
  }

  private closeWhere(
    isAffected: (principal: Principal, projectIds: readonly string[]) => boolean,
    closeCode: number,
    code: string,
  ): void {
    for (const connection of [...this.open]) {
      if (isAffected(connection.principal, [...connection.projectIds])) connection.close(closeCode, { code });
    }
  }
}
