import path from 'node:path';
import {
  type BeforeApplicationShutdown,
  Global,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../../../config/environment';
import { CircuitBreakers } from '../../circuit-breaker/circuit-breakers';
import { Clock } from '../../kernel/clock';
import { ControlBus } from '../control-bus/control-bus';
import { errorMessage } from '../startup-error';
import { Outbox } from './outbox';

/** The outbox of this process. Handlers are registered when modules begin; draining begins when all have. */
@Global()
@Module({
  providers: [
    {
      provide: Outbox,
      inject: [CONFIG, Clock, DataSource],
      useFactory: ({ dataDir, outbox }: Config, clock: Clock, database: DataSource) =>
        Outbox.open({ directory: path.join(dataDir, 'outbox'), maxBytes: outbox.maxBytes, database, clock }),
    },
  ],
  exports: [Outbox],
})
export class OutboxModule implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly log = new Logger(Outbox.name);

  constructor(
    @Inject(Outbox) private readonly outbox: Outbox,
    @Inject(ControlBus) private readonly bus: ControlBus,
    @Inject(CircuitBreakers) private readonly breakers: CircuitBreakers,
  ) {}

  onApplicationBootstrap(): void {
    this.report();
    // Whoever notices first that the database is back.
    this.bus.onReconnected(() => this.outbox.wake());
    this.breakers.events.on('transition', ({ name, to }) => {
      if (name === 'postgres' && to === 'closed') this.outbox.wake();
    });
    this.outbox.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.outbox.stopDraining();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.outbox.close();
  }

  private report(): void {
    const { events } = this.outbox;
    events.on('away', ({ error }) =>
      this.log.warn(`Writes wait in the outbox until the database takes them: ${errorMessage(error)}`),
    );
    events.on('back', () => this.log.log('The database takes writes again.'));
    events.on('adopted', ({ records }) =>
      this.log.log(`Took over ${records} writes of gateway processes that are gone.`),
    );
    events.on('unadopted', ({ error }) => this.log.error(`Writes of a dead process cannot be read: ${error.message}`));
    events.on('refused', ({ error }) =>
      this.log.error(`The disk takes no writes, they wait in memory: ${error.message}`),
    );
    events.on('damaged', ({ file, offset }) =>
      this.log.error(`${file} is damaged at byte ${offset}; what follows is not written to the database.`),
    );
    events.on('dead', ({ record, error, file }) =>
      this.log.error(`A write of kind ${record.kind} was refused and lies in ${file}: ${errorMessage(error)}`),
    );
  }
}
