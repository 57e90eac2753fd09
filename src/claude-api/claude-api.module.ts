import path from 'node:path';
import { Global, Inject, Logger, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { Backoff } from '../circuit-breaker/backoff';
import { CircuitBreakers } from '../circuit-breaker/circuit-breakers';
import { ClaudeBudgets } from '../claude-usage/claude-budgets';
import { ClaudeBudgetsModule } from '../claude-usage/claude-budgets.module';
import { ServerPhase } from '../health/server-phase';
import { Clock } from '../kernel/clock';
import { Ids } from '../kernel/ids';
import { ClaudeApiEvents } from './claude-api-events';
import { ClaudeApiStatus } from './claude-api-status';
import { ClaudeDirectory } from './claude-directory';
import { ClaudeListener } from './claude-listener';
import { ClaudeTokens } from './claude-tokens';
import { ApiKey } from './key/api-key';
import { FairQueue } from './limits/fair-queue';
import { RateBudget } from './limits/rate-budget';
import { Traffic } from './limits/traffic';
import { ElectedListener } from './listener/elected-listener';
import { FrontDoor } from './listener/front-door';
import { HeldBodies } from './proxy/held-bodies';
import { MessagesProxy } from './proxy/messages-proxy';
import { Upstream } from './proxy/upstream';

/** The CLI shows nothing meanwhile; told to come again after a while, it shows its user a countdown. */
const HOLD_MS = 45_000;

/**
 * The API gateway of Claude sessions: it adds the key that no session sees. Global, because those who launch sessions, watch them
 * and pay for them ask here.
 */
@Global()
@Module({
  imports: [ClaudeBudgetsModule],
  providers: [
    ClaudeApiEvents,
    {
      provide: ClaudeDirectory,
      inject: [CONFIG],
      useFactory: ({ dataDir }: Config) => new ClaudeDirectory(path.resolve(dataDir)),
    },
    {
      provide: ClaudeTokens,
      inject: [ClaudeDirectory, Ids],
      useFactory: ({ tokens }: ClaudeDirectory, ids: Ids) => new ClaudeTokens(tokens, ids),
    },
    {
      provide: ElectedListener,
      inject: [ClaudeDirectory, ClaudeTokens],
      useFactory: (directory: ClaudeDirectory, tokens: ClaudeTokens) => {
        const log = new Logger('ClaudeApi');
        return new ElectedListener({ directory, door: new FrontDoor(tokens, log), log });
      },
    },
    { provide: ClaudeListener, useExisting: ElectedListener },
    {
      provide: ApiKey,
      inject: [CONFIG, Clock],
      useFactory: ({ claudeApi }: Config, clock: Clock) =>
        new ApiKey({ key: claudeApi.key, file: claudeApi.keyFile }, clock),
    },
    {
      provide: Upstream,
      inject: [CONFIG, ApiKey],
      useFactory: ({ claudeApi }: Config, key: ApiKey) => new Upstream(claudeApi.baseUrl, key),
    },
    {
      provide: Traffic,
      inject: [CONFIG, Clock, CircuitBreakers],
      useFactory: ({ claudeApi }: Config, clock: Clock, breakers: CircuitBreakers) => {
        const budget = new RateBudget(clock);
        const queue = new FairQueue(claudeApi.maxConcurrent, budget, clock);
        return new Traffic({ queue, budget, breaker: breakers.of('claude-api'), clock });
      },
    },
    {
      provide: MessagesProxy,
      inject: [Upstream, Traffic, ClaudeApiEvents, ClaudeBudgets, Clock],
      useFactory: (
        upstream: Upstream,
        traffic: Traffic,
        events: ClaudeApiEvents,
        budgets: ClaudeBudgets,
        clock: Clock,
      ) => {
        const backoff = new Backoff(Math.random);
        const bodies = new HeldBodies();
        return new MessagesProxy({ upstream, traffic, events, budgets, clock, backoff, bodies, holdMs: HOLD_MS });
      },
    },
    {
      provide: ClaudeApiStatus,
      inject: [ClaudeListener, ApiKey, Traffic, CircuitBreakers],
      useFactory: (listener: ClaudeListener, key: ApiKey, traffic: Traffic, breakers: CircuitBreakers) =>
        new ClaudeApiStatus(listener, () => ({
          keyPresent: key.current() !== undefined,
          breaker: breakers.of('claude-api').snapshot().state,
          active: traffic.active,
          waiting: traffic.waiting,
          limitedUntil: traffic.limitedUntil,
        })),
    },
  ],
  exports: [ClaudeApiEvents, ClaudeApiStatus, ClaudeDirectory, ClaudeListener, ClaudeTokens],
})
export class ClaudeApiModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(ElectedListener) private readonly listener: ElectedListener,
    @Inject(MessagesProxy) private readonly proxy: MessagesProxy,
    @Inject(Upstream) private readonly upstream: Upstream,
    @Inject(ServerPhase) private readonly phase: ServerPhase,
  ) {}

  onModuleInit(): void {
    this.listener.add(this.proxy);
    this.phase.whenServing(() => this.listener.start());
    this.phase.whenDraining(() => this.listener.stepDown());
  }

  onApplicationShutdown(): void {
    this.listener.close();
    this.upstream.close();
  }
}
