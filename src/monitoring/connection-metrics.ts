import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import type { Disposable } from '../kernel/disposables';
import { ConnectionStats } from '../terminal-connection/connection-stats';
import { Metrics } from './metrics';

/** What sockets count, as Prometheus reads it: looked up at each scrape, because counting happens on the data path. */
@Injectable()
export class ConnectionMetrics implements OnModuleDestroy {
  private readonly subscription: Disposable;

  constructor(metrics: Metrics, stats: ConnectionStats) {
    this.subscription = stats.events.on('opened', ({ resume, seconds }) =>
      metrics.openDuration.observe({ resume }, seconds),
    );
    const registers = [metrics.registry];
    const gauge = (name: string, help: string, read: () => number): void => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    };
    const counter = (name: string, help: string, read: () => number): void => {
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(read());
        },
      });
    };
    gauge('holdfast_ws_connections', 'Open WebSockets.', () => stats.connections);
    gauge('holdfast_ws_channels', 'Terminals attached through this process.', () => stats.channels);
    counter('holdfast_output_bytes_total', 'Terminal output sent to clients.', () => stats.outputBytes);
    counter('holdfast_input_bytes_total', 'Terminal input received from clients.', () => stats.inputBytes);
    counter('holdfast_bad_frames_total', 'Malformed frames received.', () => stats.badFrames);
  }

  onModuleDestroy(): void {
    this.subscription.dispose();
  }
}
