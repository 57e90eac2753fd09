import {
  type BeforeApplicationShutdown,
  Global,
  Module,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { CONFIG, type Config } from '../../config/environment';
import { Outbox } from '../infrastructure/outbox/outbox';
import { Clock } from '../kernel/clock';
import { Ids } from '../kernel/ids';
import { AuditLog } from './audit-log';
import { AuditChain } from './chain/audit-chain';
import { AuditKeys } from './chain/audit-keys';
import { RefusalAudit } from './refusal-audit';
import { AuditController } from './rest/audit.controller';
import { AuditInterceptor } from './rest/audit.interceptor';
import { AUDIT_RECORD, SpooledAuditLog } from './sink/spooled-audit-log';
import { AuditCheckpoints } from './table/audit-checkpoints';
import { AuditEvents } from './table/audit-events';
import { AuditHeads } from './table/audit-heads';
import { AuditRetention } from './table/audit-retention';
import { HeadFiles } from './table/head-files';
import { insertAuditEvents } from './table/insert-audit-events';

/** What is cut off the end of a stream within this time after it was written can go unnoticed. */
const CHECKPOINT_MS = 60_000;
/** Retention is counted in days. */
const RETENTION_MS = 3_600_000;
const STREAM_RANDOM_BYTES = 9;
const MAX_NODE_IN_STREAM = 64;

/** What happened, and who did it: for everybody to write, for administrators to read. */
@Global()
@Module({
  controllers: [AuditController],
  providers: [
    { provide: AuditKeys, inject: [CONFIG], useFactory: (config: Config) => AuditKeys.load(config) },
    { provide: HeadFiles, inject: [CONFIG], useFactory: ({ dataDir }: Config) => HeadFiles.in(dataDir) },
    {
      provide: SpooledAuditLog,
      inject: [CONFIG, AuditKeys, Outbox, Clock, Ids],
      useFactory: ({ nodeName, audit }: Config, keys: AuditKeys, outbox: Outbox, clock: Clock, ids: Ids) => {
        const stream = `${nameInStream(nodeName)}-${ids.secret(STREAM_RANDOM_BYTES)}`;
        const chain = new AuditChain({ stream, node: nodeName, keys, clock });
        const self = { pid: process.pid, node: process.version };
        return new SpooledAuditLog({ chain, outbox, clock, failMode: audit.failMode, process: self });
      },
    },
    { provide: AuditLog, useExisting: SpooledAuditLog },
    AuditCheckpoints,
    AuditEvents,
    AuditHeads,
    AuditRetention,
    RefusalAudit,
    { provide: APP_INTERCEPTOR, useClass: AuditInterceptor },
  ],
  exports: [AuditLog, RefusalAudit],
})
export class AuditModule implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly outbox: Outbox,
    private readonly audit: SpooledAuditLog,
    private readonly checkpoints: AuditCheckpoints,
    private readonly retention: AuditRetention,
  ) {}

  onModuleInit(): void {
    this.outbox.register(AUDIT_RECORD, insertAuditEvents);
  }

  /** A spare gateway sees nothing happen, and does nothing. */
  onApplicationBootstrap(): void {
    const every = (ms: number, work: () => Promise<void>): void => {
      this.timers.push(setInterval(() => void (this.audit.head.seq > 0 && work()), ms).unref());
    };
    every(CHECKPOINT_MS, () => this.checkpoints.publish());
    every(RETENTION_MS, () => this.retention.sweep());
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    if (this.audit.head.seq === 0) return;
    await this.outbox.stopDraining();
    await this.checkpoints.note();
  }
}

/** A host name may be anything; a stream's name also names a file. */
function nameInStream(node: string): string {
  return node.replace(/[^A-Za-z0-9.-]|^\./g, '_').slice(0, MAX_NODE_IN_STREAM);
}
