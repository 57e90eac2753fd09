import fs from 'node:fs';
import path from 'node:path';
import { Global, Inject, Logger, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { CircuitBreakers } from '../circuit-breaker/circuit-breakers';
import { PtyHostHealth } from '../health/pty-host-health';
import { TranscriptSource } from '../screen-mirror/transcript-source';
import { HostProcess } from './host-process';
import { HostTranscripts } from './host-transcripts';
import { PtyHostClient } from './pty-host-client';
import { PtyHostProbe } from './pty-host-probe';

/** The host is a process of compiled code; sources that run unbuilt, in tests, use the last build. */
const KEEPER = ['../pty-host', '../../dist/src/pty-host']
  .map((directory) => path.join(__dirname, directory, 'keeper/main.js'))
  .find((file) => fs.existsSync(file));

/**
 * The connection to the PTY host. It is opened when the process begins to serve (`bootstrap.ts`); the host goes on after it. Global, because
 * whoever asks for terminals, transcripts or the host's health asks here.
 */
@Global()
@Module({
  providers: [
    {
      provide: PtyHostClient,
      inject: [CONFIG, CircuitBreakers],
      useFactory: (config: Config, breakers: CircuitBreakers) =>
        new PtyHostClient(new HostProcess(config.dataDir, KEEPER ?? ''), breakers.of('pty-host')),
    },
    { provide: PtyHostHealth, useClass: PtyHostProbe },
    { provide: TranscriptSource, useClass: HostTranscripts },
  ],
  exports: [PtyHostClient, PtyHostHealth, TranscriptSource],
})
export class PtyClientModule implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('transcripts');

  constructor(
    @Inject(PtyHostClient) private readonly client: PtyHostClient,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    const { transcriptTotalBytes } = this.config.sessions;
    // An older broker does not know it; it is about to be replaced.
    const configure = (): unknown => this.client.request('configure', { transcriptTotalBytes }).catch(() => undefined);
    this.client.events.on('connected', configure);
    this.client.events.on('transcript-dropped', ({ sessionId, start }) =>
      this.logger.warn(`All transcripts together were too large: the one of ${sessionId} begins at byte ${start} now.`),
    );
  }

  onApplicationShutdown(): void {
    this.client.close();
  }
}
