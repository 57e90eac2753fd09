import { Module } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { Clock } from '../kernel/clock';
import { ScreenMirrors } from './screen-mirrors';
import { TranscriptSource } from './transcript-source';

/** Screens of sessions. The transcripts come from whichever global module provides a TranscriptSource. */
@Module({
  providers: [
    {
      provide: ScreenMirrors,
      inject: [TranscriptSource, Clock, CONFIG],
      useFactory: (source: TranscriptSource, clock: Clock, config: Config) =>
        new ScreenMirrors(source, clock, { scrollbackLines: config.sessions.snapshotScrollbackLines }),
    },
  ],
  exports: [ScreenMirrors],
})
export class ScreenMirrorModule {}
