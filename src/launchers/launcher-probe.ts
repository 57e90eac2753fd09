import { Injectable } from '@nestjs/common';
import { LauncherHealth } from '../health/launcher-health';
import { Launchers } from './launchers';

/** For operators: which launcher, why, and what the self-tests found. */
@Injectable()
export class LauncherProbe extends LauncherHealth {
  constructor(private readonly launchers: Launchers) {
    super();
  }

  check(): ReturnType<LauncherHealth['check']> {
    const { chosen } = this.launchers;
    if (!chosen) return undefined;
    const { launcher, why, selfTests } = chosen;
    return { ok: launcher !== undefined, details: { launcher: launcher ?? 'none', why, selfTests } };
  }
}
