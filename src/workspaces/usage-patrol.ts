import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ServerPhase } from '../health/server-phase';
import { PtyHostClient } from '../pty-client/pty-host-client';
import type { HostSession } from '../pty-host/wire/host-messages';
import { UsageWatch } from './usage-watch';
import { Workspaces } from './workspaces';

const ROUND_MS = 60_000;
/** Places counted in one round, one after the other; the others come with the next. */
const MAX_PLACES = 1000;

/** Counts what running terminals write to, so that it is known, and logged, before somebody opens the next one. */
@Injectable()
export class UsagePatrol implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger(UsagePatrol.name);
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  /** Where the next round begins, of as many as there are. */
  private next = 0;

  constructor(
    private readonly host: PtyHostClient,
    private readonly usage: UsageWatch,
    private readonly workspaces: Workspaces,
    private readonly phase: ServerPhase,
  ) {}

  onModuleInit(): void {
    this.phase.whenServing(() => this.rest());
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private rest(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.round().finally(() => this.rest()), ROUND_MS).unref();
  }

  private async round(): Promise<void> {
    try {
      const { sessions } = await this.host.request('list', {});
      const places = this.placesOf(sessions.filter(({ exit }) => exit === null));
      const turn = [...places.slice(this.next), ...places.slice(0, this.next)].slice(0, MAX_PLACES);
      this.next = places.length === 0 ? 0 : (this.next + turn.length) % places.length;
      for (const place of turn) {
        if (this.stopped) return;
        await this.usage.count(place);
      }
    } catch (error) {
      // Without the host nobody writes; the next round asks again.
      this.log.debug(`Usage was not counted: ${String(error)}`);
    }
  }

  private placesOf(sessions: readonly HostSession[]) {
    // An id of a session has no colon, and neither has one of a project: `${id}:${projectId}`.
    const projectIds = new Set(sessions.map(({ sessionId }) => sessionId.slice(sessionId.indexOf(':') + 1)));
    const owners = (of: readonly HostSession[]) =>
      new Set(of.flatMap(({ labels }) => (labels ? [labels.ownerId] : [])));
    const claude = sessions.filter(({ labels }) => labels?.gateway === 'claude');
    return [
      ...[...projectIds].map((projectId) => this.workspaces.workspacePlace(projectId)),
      ...[...owners(sessions)].map((userId) => this.workspaces.homePlace(userId)),
      ...[...owners(claude)].map((userId) => this.workspaces.claudePlace(userId)),
    ];
  }
}
