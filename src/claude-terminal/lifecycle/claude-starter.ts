import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/principal';
import { Clock } from '../../kernel/clock';
import { type OpenedSession, SessionOpener } from '../../sessions/session-opener';
import { UsersService } from '../../users/users.service';
import { ClaudeLauncher } from '../launch/claude-launcher';

/** A session that has a process keeps its size; one that gets its next one gets the size it had. */
const ANY_SIZE = { cols: 80, rows: 24 };
/** For the one call that is made with it. */
const PRINCIPAL_MS = 60_000;

/** Starts sessions that nobody looks at. */
@Injectable()
export class ClaudeStarter {
  constructor(
    private readonly opener: SessionOpener,
    private readonly launcher: ClaudeLauncher,
    private readonly users: UsersService,
    private readonly clock: Clock,
  ) {}

  /** With the rights of `principal`. One that runs is only found. */
  start(
    principal: Principal,
    { id, projectId }: { readonly id: string; readonly projectId: string },
  ): Promise<OpenedSession> {
    return this.opener.open(principal, {
      projectId,
      sessionId: id,
      ...ANY_SIZE,
      gateway: 'claude',
      role: 'writer',
      profileFor: (projectRole) => this.launcher.profileFor(principal, { projectId, projectRole }),
      launch: (session) => this.launcher.build(principal, session),
    });
  }

  /** Who allowed it while he was there. Undefined: he is locked out. */
  async owner(userId: string): Promise<Principal | undefined> {
    const { email, role, disabledAt } = await this.users.get(userId);
    if (disabledAt !== null) return undefined;
    return { userId, email, role, loginId: '', expiresAtMs: this.clock.now() + PRINCIPAL_MS };
  }
}
