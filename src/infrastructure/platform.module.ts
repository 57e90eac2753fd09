import { type DynamicModule, Module } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { Clock, SystemClock } from '../kernel/clock';
import { Ids, RandomIds } from '../kernel/ids';

/** What every module may ask for: configuration, time, randomness. */
@Module({})
export class PlatformModule {
  static register(config: Config): DynamicModule {
    return {
      module: PlatformModule,
      global: true,
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: Clock, useClass: SystemClock },
        { provide: Ids, useClass: RandomIds },
      ],
      exports: [CONFIG, Clock, Ids],
    };
  }
}
