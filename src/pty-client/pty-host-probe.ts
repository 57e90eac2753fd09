import { Injectable } from '@nestjs/common';
import { PtyHostHealth } from '../health/pty-host-health';
import { PtyHostClient } from './pty-host-client';

/** Readiness of the PTY host: connected, and the broker answers. */
@Injectable()
export class PtyHostProbe extends PtyHostHealth {
  constructor(private readonly client: PtyHostClient) {
    super();
  }

  async check(): Promise<{ up: boolean; details: Record<string, unknown> }> {
    if (!this.client.connected) return { up: false, details: { message: 'not connected' } };
    try {
      const stats = await this.client.request('stats', {});
      // Running terminals go on without the keeper, but no new one can be made here.
      return { up: stats.keeperAlive, details: { ...this.client.identity, ...stats } };
    } catch (error) {
      return { up: false, details: { message: (error as Error).message } };
    }
  }
}
