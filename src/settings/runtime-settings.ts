import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, In } from 'typeorm';
import { CONFIG, type Config } from '../../config/environment';
import { AnnouncedCopy } from '../infrastructure/control-bus/announced-copy';
import { ControlBus } from '../infrastructure/control-bus/control-bus';
import { SettingEntity } from './setting.entity';
import { initialSettings, parseSetting, type SettingKey, type Settings } from './settings';

/** `null`: as the environment says again. */
export type SettingChanges = { readonly [K in SettingKey]?: Settings[K] | null };

/** What holds now, on every gateway. */
@Injectable()
export class RuntimeSettings implements OnModuleInit, OnApplicationShutdown {
  readonly initial: Settings;
  private values: Settings;
  private readonly copy: AnnouncedCopy;

  constructor(
    @Inject(CONFIG) config: Config,
    @InjectDataSource() private readonly dataSource: DataSource,
    bus: ControlBus,
  ) {
    this.initial = initialSettings(config);
    this.values = this.initial;
    this.copy = new AnnouncedCopy(bus, 'settings.changed', () => this.read());
  }

  get current(): Settings {
    return this.values;
  }

  /** Without the database it is what the environment says, until the database is there. */
  onModuleInit(): Promise<void> {
    return this.copy.open();
  }

  onApplicationShutdown(): void {
    this.copy.dispose();
  }

  /** Those that were ever changed, with when and by whom. */
  changed(): Promise<SettingEntity[]> {
    return this.dataSource.getRepository(SettingEntity).find();
  }

  /** All of them or none. */
  async change(changes: SettingChanges, userId: string): Promise<void> {
    const entries = Object.entries(changes) as [SettingKey, Settings[SettingKey] | null][];
    const reset = entries.filter(([, value]) => value === null).map(([key]) => key);
    const set = entries.flatMap(([key, value]) => (value === null ? [] : [{ key, value }]));
    await this.dataSource.transaction(async (manager) => {
      await manager.delete(SettingEntity, { key: In(reset) });
      const [changedBy, changedAt] = [userId, new Date()];
      for (const setting of set) await manager.upsert(SettingEntity, { ...setting, changedBy, changedAt }, ['key']);
    });
    await this.copy.announce();
  }

  private async read(): Promise<void> {
    const rows = await this.changed();
    const stored = rows.map(({ key, value }) => parseSetting(key, value));
    this.values = Object.freeze(Object.assign({}, this.initial, ...stored) as Settings);
  }
}
