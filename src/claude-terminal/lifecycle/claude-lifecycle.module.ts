import { Module } from '@nestjs/common';
import { SessionsModule } from '../../sessions/sessions.module';
import { ClaudeStatusModule } from '../claude-status.module';
import { ClaudeConversations } from '../launch/claude-conversations';
import { ClaudeLifecycle } from './claude-lifecycle';
import { ConversationClaims } from './conversation-claims';
import { Transcripts } from './transcripts';

/** Which conversation a process goes on with: what has to be known to launch one. */
@Module({
  imports: [ClaudeStatusModule, SessionsModule],
  providers: [ConversationClaims, Transcripts, { provide: ClaudeConversations, useClass: ClaudeLifecycle }],
  exports: [ClaudeConversations, Transcripts],
})
export class ClaudeLifecycleModule {}
