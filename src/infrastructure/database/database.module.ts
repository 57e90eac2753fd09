import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { dataSourceOptions, ENTITIES } from '../../../config/data-source';
import { CircuitBreakers } from '../../circuit-breaker/circuit-breakers';
import { guardedDriver } from './guarded-pool';
import { SchemaGate } from './schema-gate';

/** What TypeORM would ask the server for when it starts; the oldest version we allow has every feature it looks for. */
const SERVER_VERSION = '15.0';
const SCHEMA = 'public';

/** The TypeORM data source behind the breaker of postgres, and its repositories for everyone. */
@Module({})
export class DatabaseModule {
  static register(url: string, poolSize: number, schema = new SchemaGate()): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [CircuitBreakers],
          useFactory: (breakers: CircuitBreakers) => ({
            ...dataSourceOptions(url, poolSize),
            driver: guardedDriver({ breaker: breakers.of('postgres'), schema }),
            retryAttempts: 1,
          }),
          dataSourceFactory: async (options) => withoutAsking(new DataSource(options as DataSourceOptions), url),
        }),
        TypeOrmModule.forFeature(ENTITIES),
      ],
      exports: [TypeOrmModule],
    };
  }
}

/** A data source that starts without a word to the server. */
function withoutAsking(dataSource: DataSource, url: string): DataSource {
  Object.assign(dataSource.driver, {
    version: SERVER_VERSION,
    searchSchema: SCHEMA,
    database: new URL(url).pathname.slice(1) || 'postgres',
  });
  return dataSource;
}
