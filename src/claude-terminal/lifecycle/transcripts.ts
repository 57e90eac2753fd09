import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../../config/environment';
import { ClaudePlaces } from '../places';
import { ConversationFiles } from './conversation-files';

/** The conversations of each user in each project, as the CLI keeps them on this machine. */
@Injectable()
export class Transcripts {
  private readonly places: ClaudePlaces;

  constructor(@Inject(CONFIG) { dataDir }: Config) {
    this.places = new ClaudePlaces(dataDir);
  }

  of({ ownerId, projectId }: { readonly ownerId: string; readonly projectId: string }): ConversationFiles {
    return new ConversationFiles(this.places.of(ownerId, projectId).config);
  }
}
