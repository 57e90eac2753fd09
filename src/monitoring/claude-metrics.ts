import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { ClaudeApiEvents, type SettledRequest } from '../claude-api/claude-api-events';
import { ClaudeApiStatus } from '../claude-api/claude-api-status';
import { ClaudeListener } from '../claude-api/claude-listener';
import { type Charge, ClaudeBudgets } from '../claude-usage/claude-budgets';
import { toDollars } from '../claude-usage/claude-prices';
import { Disposables } from '../kernel/disposables';
import { Metrics } from './metrics';

const MS_PER_SECOND = 1_000;
/** From a cached answer to a request that waited for the limits of its key, in seconds. */
const FIRST_BYTE_BUCKETS = [0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300];

/**
 * What the API gateway does; of the leader alone, so that several processes of a machine are not counted twice. A model is named by its
 * entry in the price table: what clients call one is without bound.
 */
@Injectable()
export class ClaudeMetrics implements OnModuleDestroy {
  private readonly subscriptions = new Disposables();
  private readonly requests: Counter<'outcome'>;
  private readonly tokens: Counter<'model' | 'kind'>;
  private readonly dollars: Counter<'model'>;
  private readonly firstByte: Histogram;

  constructor(
    { registry }: Metrics,
    events: ClaudeApiEvents,
    budgets: ClaudeBudgets,
    status: ClaudeApiStatus,
    listener: ClaudeListener,
  ) {
    const registers = [registry];
    this.requests = new Counter({
      name: 'holdfast_claude_requests_total',
      help: 'Requests of Claude sessions, by what became of them: ok, failed, gone, or why this server refused them.',
      labelNames: ['outcome'],
      registers,
    });
    this.tokens = new Counter({
      name: 'holdfast_claude_tokens_total',
      help: 'Tokens of settled requests, by entry of the price table.',
      labelNames: ['model', 'kind'],
      registers,
    });
    this.dollars = new Counter({
      name: 'holdfast_claude_cost_dollars_total',
      help: 'What settled requests cost by the price table; an estimate.',
      labelNames: ['model'],
      registers,
    });
    this.firstByte = new Histogram({
      name: 'holdfast_claude_first_byte_seconds',
      help: 'From a request to the first byte of its answer, the time it is held for its turn and the limits included.',
      buckets: FIRST_BYTE_BUCKETS,
      registers,
    });
    const report = () => (listener.isLeader ? status.report() : undefined);
    new Gauge({
      name: 'holdfast_claude_waiting',
      help: 'Requests that wait for their turn or for the limits of the key.',
      registers,
      async collect() {
        this.set((await report())?.waiting ?? 0);
      },
    });
    new Gauge({
      name: 'holdfast_claude_active',
      help: 'Requests that the API works on.',
      registers,
      async collect() {
        this.set((await report())?.active ?? 0);
      },
    });
    for (const subscription of [
      events.on('settled', ({ request }) => this.settled(request)),
      budgets.events.on('charged', (charge) => this.charged(charge)),
    ]) {
      this.subscriptions.add(() => subscription.dispose());
    }
  }

  onModuleDestroy(): void {
    this.subscriptions.dispose();
  }

  private settled({ status, refused, firstByteMs }: SettledRequest): void {
    this.requests.inc({ outcome: refused ?? (status < 400 ? 'ok' : status === 499 ? 'gone' : 'failed') });
    if (firstByteMs !== undefined) this.firstByte.observe(firstByteMs / MS_PER_SECOND);
  }

  private charged({ family: model, usage, nano }: Charge): void {
    this.tokens.inc({ model, kind: 'input' }, usage.inputTokens);
    this.tokens.inc({ model, kind: 'output' }, usage.outputTokens);
    this.tokens.inc({ model, kind: 'cache-read' }, usage.cacheReadTokens);
    this.tokens.inc({ model, kind: 'cache-write' }, usage.cacheWriteTokens);
    this.dollars.inc({ model }, toDollars(nano));
  }
}
