import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../../config/environment';
import { RuntimeSettings } from '../../settings/runtime-settings';
import { retentionMs } from '../../sessions/session-lifetime';
import { IdleProcesses } from './idle-processes';

const MINUTE_MS = 60_000;

/** Ends the processes of sessions that have nothing to do: each holds some 140 MB. */
@Injectable()
export class Hibernation {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly settings: RuntimeSettings,
    private readonly idle: IdleProcesses,
  ) {}

  sweep(): Promise<void> {
    const hibernateMs = this.config.claude.hibernateMinutes * MINUTE_MS;
    return this.idle.hibernate({ hibernateMs, retentionMs: retentionMs(this.settings.current) });
  }
}
