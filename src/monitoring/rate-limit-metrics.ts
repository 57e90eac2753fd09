import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { KINDS, type LimitKind } from '../rate-limits/limit-kinds';
import { RateLimits } from '../rate-limits/rate-limits';
import { Metrics } from './metrics';

/** How often somebody ran into each limit. Looked up at each scrape, because limits are hit most in a flood. */
@Injectable()
export class RateLimitMetrics {
  constructor(metrics: Metrics, limits: RateLimits) {
    new Counter({
      name: 'holdfast_limit_hits_total',
      help: 'Requests, connections and frames beyond a limit, by limit.',
      labelNames: ['kind'],
      registers: [metrics.registry],
      collect() {
        this.reset();
        for (const kind of Object.keys(KINDS) as LimitKind[]) this.inc({ kind }, limits.hits(kind));
      },
    });
  }
}
