import fs from 'node:fs/promises';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '../../../config/environment';
import { CircuitBreakers } from '../../circuit-breaker/circuit-breakers';
import { Cache } from '../../infrastructure/cache/cache';
import { Outbox } from '../../infrastructure/outbox/outbox';
import type { Finding } from './alert';
import { Alerts } from './alerts';

/** Below either of these, transcripts and the outbox stop soon. */
const LOW_DISK_SHARE = 0.05;
const LOW_DISK_BYTES = 512 * 1024 * 1024;
/** As health calls it: the database is away, or cannot keep up. */
const LATE_MS = 60_000;
const MIB = 1024 * 1024;

/** Breakers, the outbox, the cache and the disk. */
@Injectable()
export class PlatformAlerts implements OnModuleInit {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly alerts: Alerts,
    private readonly breakers: CircuitBreakers,
    private readonly outbox: Outbox,
    private readonly cache: Cache,
  ) {}

  onModuleInit(): void {
    this.alerts.register(() => this.openBreakers());
    this.alerts.register(() => this.waitingWrites());
    this.alerts.register(() => this.degradedCache());
    this.alerts.register(() => this.fullDisk());
  }

  private openBreakers(): Finding[] {
    return this.breakers
      .list()
      .filter(({ state }) => state !== 'closed')
      .map(({ name, state, openedAt }) => ({
        code: 'breaker_open',
        subject: name,
        message: `The circuit of ${name} is ${state}; see why it fails, or reset it.`,
        ...(openedAt !== null && { sinceMs: openedAt }),
      }));
  }

  private waitingWrites(): Finding[] {
    const { depth, oldestAgeMs, state, dead } = this.outbox.stats();
    const findings: Finding[] = [];
    if (oldestAgeMs > LATE_MS) {
      const seconds = Math.round(oldestAgeMs / 1000);
      const message = `${depth} writes wait for the database, the oldest for ${seconds} s; see whether it can be reached.`;
      findings.push({ code: 'outbox_late', message });
    }
    if (state === 'memory') {
      const message = 'The disk takes no writes, they wait in memory; make room in DATA_DIR.';
      findings.push({ code: 'outbox_in_memory', message });
    }
    if (dead > 0) {
      const message = `The database refused ${dead} writes since the start; they lie in outbox/dead-letters.jsonl in DATA_DIR.`;
      findings.push({ code: 'outbox_dead_letters', message });
    }
    return findings;
  }

  private degradedCache(): Finding[] {
    const status = this.cache.status();
    if (status.kind === 'memory' || status.state === 'up') return [];
    return [{ code: 'cache_degraded', message: 'Redis does not answer; the server is slower until it is back.' }];
  }

  private async fullDisk(): Promise<Finding[]> {
    const { bavail, blocks, bsize } = await fs.statfs(this.config.dataDir);
    const free = bavail * bsize;
    if (free >= LOW_DISK_BYTES && bavail >= blocks * LOW_DISK_SHARE) return [];
    const message = `Only ${Math.floor(free / MIB)} MiB are free for DATA_DIR; without room no new session is made.`;
    return [{ code: 'disk_low', message }];
  }
}
