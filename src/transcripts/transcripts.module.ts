import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/sessions.module';
import { Pace, SystemPace } from './index/pace';
import { SessionIndexer } from './index/session-indexer';
import { TextIndex } from './index/text-index';
import { PtyTranscriptHost } from './pty-transcript-host';
import { RecordingController } from './recording/recording.controller';
import { RecordingsService } from './recording/recordings.service';
import { SearchController } from './search/search.controller';
import { SearchService } from './search/search.service';
import { TextSearch } from './search/text-search';
import { TranscriptHost } from './transcript-host';
import { TranscriptIndexer } from './transcript-indexer';

/** What terminals said: searched and replayed. */
@Module({
  imports: [SessionsModule],
  controllers: [SearchController, RecordingController],
  providers: [
    { provide: TranscriptHost, useClass: PtyTranscriptHost },
    { provide: Pace, useClass: SystemPace },
    RecordingsService,
    SearchService,
    SessionIndexer,
    TextIndex,
    TextSearch,
    TranscriptIndexer,
  ],
})
export class TranscriptsModule {}
