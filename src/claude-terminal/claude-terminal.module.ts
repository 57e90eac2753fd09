import { Module } from '@nestjs/common';
import { TerminalConnectionModule } from '../terminal-connection/terminal-connection.module';
import { ClaudeTerminalGateway } from './claude-terminal.gateway';

@Module({ imports: [TerminalConnectionModule], providers: [ClaudeTerminalGateway] })
export class ClaudeTerminalModule {}
