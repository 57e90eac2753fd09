import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { Outbox, type OutboxStats } from '../infrastructure/outbox/outbox';
import { Metrics } from './metrics';

const MS_PER_SECOND = 1_000;

/** What waits for the database, as Prometheus reads it: looked up at each scrape. */
@Injectable()
export class OutboxMetrics {
  constructor({ registry }: Metrics, outbox: Outbox) {
    const registers = [registry];
    const gauge = (name: string, help: string, read: (stats: OutboxStats) => number): void => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read(outbox.stats()));
        },
      });
    };
    const counter = (name: string, help: string, read: (stats: OutboxStats) => number): void => {
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(read(outbox.stats()));
        },
      });
    };
    gauge('holdfast_outbox_records', 'Writes that wait for the database.', ({ depth }) => depth);
    gauge('holdfast_outbox_bytes', 'Disk space of writes that wait.', ({ bytes }) => bytes);
    gauge('holdfast_outbox_memory_bytes', 'Writes the disk did not take.', ({ memoryBytes }) => memoryBytes);
    gauge(
      'holdfast_outbox_oldest_seconds',
      'Age of the write that waits longest.',
      ({ oldestAgeMs }) => oldestAgeMs / MS_PER_SECOND,
    );
    counter('holdfast_outbox_drained_total', 'Writes brought to the database.', ({ drained }) => drained);
    counter('holdfast_outbox_dead_total', 'Writes the database refused for what they say.', ({ dead }) => dead);
  }
}
