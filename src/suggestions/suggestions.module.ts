import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/sessions.module';
import { ClaudeSuggestionModel } from './claude-suggestion-model';
import { MarkedShells } from './marked-shells';
import { SuggestionConsents } from './suggestion-consents';
import { SuggestionModel } from './suggestion-model';
import { SuggestionPermission } from './suggestion-permission';
import { Suggestions } from './suggestions';
import { SuggestionsController } from './suggestions.controller';
import { TerminalContexts } from './terminal-contexts';

/** Command suggestions for system terminals, and the marks in their shells that these rest on. */
@Module({
  imports: [SessionsModule],
  controllers: [SuggestionsController],
  providers: [
    MarkedShells,
    SuggestionConsents,
    SuggestionPermission,
    Suggestions,
    TerminalContexts,
    { provide: SuggestionModel, useClass: ClaudeSuggestionModel },
  ],
  exports: [MarkedShells],
})
export class SuggestionsModule {}
