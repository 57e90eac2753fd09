import { Injectable } from '@nestjs/common';
import { ClaudeHealth } from './claude-health';
import { LauncherHealth } from './launcher-health';
import { PtyHostHealth } from './pty-host-health';

/** What terminals need of this machine: a host that runs them, a launcher that confines them, and for some of them Claude. */
@Injectable()
export class TerminalHealth {
  constructor(
    readonly host: PtyHostHealth,
    readonly launcher: LauncherHealth,
    readonly claude: ClaudeHealth,
  ) {}
}
