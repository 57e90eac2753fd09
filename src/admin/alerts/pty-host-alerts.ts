import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { PtyHostHealth } from '../../health/pty-host-health';
import type { Finding } from './alert';
import { Alerts } from './alerts';

/** One that hangs is as good as none. */
const TIMEOUT_MS = 2000;

@Injectable()
export class PtyHostAlerts implements OnModuleInit {
  constructor(
    private readonly alerts: Alerts,
    private readonly host: PtyHostHealth,
  ) {}

  onModuleInit(): void {
    this.alerts.register(() => this.look());
  }

  private async look(): Promise<Finding[]> {
    const enough = new AbortController();
    const silence = sleep(TIMEOUT_MS, { up: false }, { signal: enough.signal }).catch(() => ({ up: false }));
    const { up } = await Promise.race([this.host.check(), silence]);
    enough.abort();
    if (up) return [];
    return [
      { code: 'pty_host_down', message: 'The PTY host does not answer: no new terminals. See the log of the server.' },
    ];
  }
}
