import { Injectable } from '@nestjs/common';
import { Outbox } from '../infrastructure/outbox/outbox';
import { PtyHostClient } from '../pty-client/pty-host-client';
import { ScreenMirrors } from '../screen-mirror/screen-mirrors';
import { SessionRepository } from '../sessions/session.repository';
import { ConnectionStats } from '../terminal-connection/connection-stats';
import { SessionStats } from './session-stats';

/** Sessions as database, PTY host and sockets count them. What cannot be asked now is null. */
@Injectable()
export class TerminalStats extends SessionStats {
  constructor(
    private readonly repository: SessionRepository,
    private readonly host: PtyHostClient,
    private readonly mirrors: ScreenMirrors,
    private readonly connections: ConnectionStats,
    private readonly outbox: Outbox,
  ) {
    super();
  }

  async snapshot(): Promise<Record<string, unknown>> {
    const { connections: sockets, channels, outputBytes, inputBytes, badFrames } = this.connections;
    const [byStatus, host] = await Promise.all([
      this.repository.countByStatus().catch(() => null),
      this.host.request('stats', {}).catch(() => null),
    ]);
    return {
      sessions: byStatus,
      host: host && { ...this.host.identity, ...host },
      sockets: { connections: sockets, channels, outputBytes, inputBytes, badFrames },
      mirrors: this.mirrors.stats(),
      outbox: this.outbox.stats(),
    };
  }
}
