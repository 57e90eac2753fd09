import { type DynamicModule, Module } from '@nestjs/common';
import { Ids } from '../../kernel/ids';
import { ControlBus } from './control-bus';
import { PostgresControlBus } from './postgres-control-bus';

@Module({})
export class ControlBusModule {
  static register(databaseUrl: string): DynamicModule {
    return {
      module: ControlBusModule,
      global: true,
      providers: [
        {
          provide: ControlBus,
          inject: [Ids],
          useFactory: (ids: Ids) => new PostgresControlBus(databaseUrl, ids.uuid()),
        },
      ],
      exports: [ControlBus],
    };
  }
}
