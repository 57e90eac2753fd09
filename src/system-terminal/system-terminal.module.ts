import { Module } from '@nestjs/common';
import { SessionSurroundingsModule } from '../launch-profiles/session-surroundings.module';
import { SuggestionsModule } from '../suggestions/suggestions.module';
import { TerminalConnectionModule } from '../terminal-connection/terminal-connection.module';
import { ShellLaunch } from './shell-launch';
import { SystemTerminalGateway } from './system-terminal.gateway';

@Module({
  imports: [SessionSurroundingsModule, SuggestionsModule, TerminalConnectionModule],
  providers: [ShellLaunch, SystemTerminalGateway],
})
export class SystemTerminalModule {}
