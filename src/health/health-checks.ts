import { HttpException, Injectable } from '@nestjs/common';
import { type HealthCheckResult, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { Cache } from '../infrastructure/cache/cache';
import { DatabaseHealth } from './database-health';
import { TerminalHealth } from './terminal-health';

const TIMEOUT_MS = 2000;
/** Probes of several load balancers within this share one look. */
const CACHE_MS = 500;

/** What the server depends on, and whether it is there. */
@Injectable()
export class HealthChecks {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly databaseHealth: DatabaseHealth,
    private readonly cache: Cache,
    private readonly terminals: TerminalHealth,
  ) {}

  async run(): Promise<HealthCheckResult> {
    try {
      return await this.health.check([
        () => this.database(),
        () => this.outboxIndicator(),
        () => this.cacheIndicator(),
        () => this.ptyHostIndicator(),
        () => this.launcherIndicator(),
        () => this.claudeIndicator(),
      ]);
    } catch (error) {
      // Terminus throws what it found when something is down.
      if (error instanceof HttpException) return error.getResponse() as HealthCheckResult;
      throw error;
    }
  }

  private database() {
    return this.indicators
      .check('database')
      .attempt(async () => void (await this.databaseHealth.ping()))
      .withTimeout(TIMEOUT_MS)
      .cacheFor(CACHE_MS);
  }

  /** Writes that wait are late, not lost. */
  private async outboxIndicator() {
    const { isLate, ...data } = this.databaseHealth.outbox();
    const indicator = this.indicators.check('outbox');
    return isLate ? indicator.degraded(data) : indicator.up(data);
  }

  private ptyHostIndicator() {
    return this.indicators
      .check('ptyHost')
      .attempt(async () => {
        const { up, details } = await this.terminals.host.check();
        if (!up) throw new Error(`The PTY host is down: ${JSON.stringify(details)}`);
        return details;
      })
      .withTimeout(TIMEOUT_MS)
      .cacheFor(CACHE_MS);
  }

  /** Running terminals go on without one. */
  private async launcherIndicator() {
    const indicator = this.indicators.check('launcher');
    const known = this.terminals.launcher.check();
    if (!known) return indicator.up({ launcher: 'undecided' });
    return known.ok ? indicator.up(known.details) : indicator.degraded(known.details);
  }

  /** Never degraded: what is wrong with it concerns Claude sessions alone, and they say so. */
  private async claudeIndicator() {
    return this.indicators.check('claude').up(await this.terminals.claude.check());
  }

  /** Without Redis the server is slower, not broken. */
  private async cacheIndicator() {
    const status = this.cache.status();
    const indicator = this.indicators.check('cache');
    const data: Record<string, unknown> = { ...status };
    return status.kind === 'redis' && status.state === 'degraded' ? indicator.degraded(data) : indicator.up(data);
  }
}
