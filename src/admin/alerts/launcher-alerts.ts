import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Launchers } from '../../launchers/launchers';
import type { Finding } from './alert';
import { Alerts } from './alerts';

/** How shells are confined, where they are not. */
@Injectable()
export class LauncherAlerts implements OnModuleInit {
  constructor(
    private readonly alerts: Alerts,
    private readonly launchers: Launchers,
  ) {}

  onModuleInit(): void {
    this.alerts.register(() => this.look());
  }

  private look(): Finding[] {
    const { chosen } = this.launchers;
    if (!chosen) return [];
    const { launcher, why } = chosen;
    if (launcher === undefined) return [{ code: 'launcher_missing', message: why }];
    return launcher === 'direct' ? [{ code: 'launcher_unsafe', message: why }] : [];
  }
}
