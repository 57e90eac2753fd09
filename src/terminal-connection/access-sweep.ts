import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { AccessEvents } from '../auth/access-events';
import { LoginFamilies } from '../auth/login-families';
import { isDatabaseUnavailable } from '../infrastructure/database/database-errors';
import { Disposables } from '../kernel/disposables';
import { type Membership, ProjectRoles } from '../projects/project-roles';
import { type GrantKey, SessionGrants } from '../sharing/session-grants';
import { Connections } from './connections';

/**
 * Reads again what the open sockets rest on, because announcements get lost: logins, memberships, and what was shared. What has
 * changed is told as if it had been announced. While the database is away nothing of it can change.
 */
@Injectable()
export class AccessSweep implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger(AccessSweep.name);
  private readonly undo = new Disposables();
  private running = false;
  private wanted = false;

  constructor(
    private readonly access: AccessEvents,
    private readonly connections: Connections,
    private readonly logins: LoginFamilies,
    private readonly projects: ProjectRoles,
    private readonly grants: SessionGrants,
  ) {}

  onModuleInit(): void {
    const { access } = this;
    for (const subscription of [
      access.onMissed(() => this.start()),
      // Whoever loses the say over a session takes along whom he let in.
      access.on('membership.changed', () => this.start()),
      access.on('user.revoked', () => this.start()),
    ]) {
      this.undo.add(() => subscription.dispose());
    }
  }

  onModuleDestroy(): void {
    this.undo.dispose();
  }

  /** One at a time; what is asked for meanwhile is done once more afterwards. */
  private start(): void {
    this.wanted = true;
    if (this.running) return;
    this.running = true;
    this.run().catch((error: unknown) => isDatabaseUnavailable(error) || this.log.error(error));
  }

  private async run(): Promise<void> {
    try {
      while (this.wanted) {
        this.wanted = false;
        if (this.connections.size > 0) await this.sweep();
      }
    } finally {
      this.running = false;
    }
  }

  private async sweep(): Promise<void> {
    const logins = new Set<string>();
    const members = new Map<string, Membership>();
    const guests = new Map<string, GrantKey>();
    for (const { principal, holdings } of this.connections) {
      const { userId, loginId, role: userRole } = principal;
      logins.add(loginId);
      for (const { projectId, rights } of holdings) {
        const { guest, role } = rights;
        const caller = { userId, role: userRole };
        if (guest) guests.set(`${guest.shareId} ${userId}`, { shareId: guest.shareId, userId });
        else if (userRole !== 'admin') members.set(`${projectId} ${userId} ${role}`, { caller, projectId, role });
      }
    }
    for (const loginId of await this.logins.endedOf([...logins])) this.access.emitHere('login.revoked', { loginId });
    for (const { caller, projectId } of await this.projects.changedOf([...members.values()])) {
      this.tell('membership.changed', { userId: caller.userId, projectId });
    }
    for (const grant of await this.grants.ended([...guests.values()])) this.access.emitHere('grant.revoked', grant);
  }

  /** Not a reason to look again. */
  private tell(event: 'membership.changed', payload: { readonly userId: string; readonly projectId: string }): void {
    const { wanted } = this;
    this.access.emitHere(event, payload);
    this.wanted = wanted;
  }
}
