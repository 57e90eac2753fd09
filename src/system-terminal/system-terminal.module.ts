import { Module } from '@nestjs/common';
import { TerminalConnectionModule } from '../terminal-connection/terminal-connection.module';
import { ShellLaunch } from './shell-launch';
import { SystemTerminalGateway } from './system-terminal.gateway';

@Module({ imports: [TerminalConnectionModule], providers: [ShellLaunch, SystemTerminalGateway] })
export class SystemTerminalModule {}
