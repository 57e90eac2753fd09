import fs from 'node:fs';
import path from 'node:path';
import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
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
export class PtyClientModule implements OnApplicationShutdown {
  constructor(@Inject(PtyHostClient) private readonly client: PtyHostClient) {}

  onApplicationShutdown(): void {
    this.client.close();
  }
}
