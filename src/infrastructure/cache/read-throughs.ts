import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../../kernel/clock';
import { Disposables } from '../../kernel/disposables';
import { ControlBus } from '../control-bus/control-bus';
import { Cache } from './cache';
import { ReadThrough, type ReadThroughOptions } from './read-through';

/** Makes every {@link ReadThrough} of this process, over the one cache and the one bus. */
@Injectable()
export class ReadThroughs implements OnApplicationShutdown {
  private readonly made = new Disposables();

  constructor(
    private readonly cache: Cache,
    private readonly bus: ControlBus,
    private readonly clock: Clock,
  ) {}

  of<T>(options: ReadThroughOptions): ReadThrough<T> {
    const { cache, bus, clock } = this;
    const readThrough = new ReadThrough<T>(options, { cache, bus, clock, random: Math.random });
    this.made.add(() => readThrough.dispose());
    return readThrough;
  }

  onApplicationShutdown(): void {
    this.made.dispose();
  }
}
