import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** From a terminal on this machine to a cold start of the PTY host, in seconds. */
const OPEN_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How finely event-loop delay is sampled. The default of 10 ms wakes an idle process a hundred times a second. */
const EVENT_LOOP_PRECISION_MS = 100;

/** The instruments of this process. A registry of its own, so that two servers in one test do not share numbers. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  readonly openDuration = new Histogram({
    name: 'holdfast_open_duration_seconds',
    help: 'From `open` to `opened`, by how it was resumed.',
    labelNames: ['resume'],
    buckets: OPEN_BUCKETS,
    registers: [this.registry],
  });

  readonly httpRequestDuration = new Histogram({
    name: 'holdfast_http_request_duration_seconds',
    help: 'REST requests, by route.',
    labelNames: ['method', 'route', 'status'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS });
  }
}
