import { Injectable } from '@nestjs/common';
import type { Principal } from '../auth/principal';
import { SessionSurroundings } from '../launch-profiles/session-surroundings';
import { Launchers } from '../launchers/launchers';
import type { Launch } from '../pty-host/wire/host-messages';
import type { SessionToLaunch } from '../sessions/session-opener';
import { MarkedShells } from '../suggestions/marked-shells';
import type { WantedLaunch } from '../terminal-connection/profile';

/** What runs in a system terminal: the session's profile, in the project's workspace, as the launcher confines it. */
@Injectable()
export class ShellLaunch {
  constructor(
    private readonly surroundings: SessionSurroundings,
    private readonly launchers: Launchers,
    private readonly marked: MarkedShells,
  ) {}

  async profileFor(principal: Principal, wanted: WantedLaunch): Promise<string> {
    return (await this.surroundings.profileFor(principal, wanted)).name;
  }

  async build(principal: Principal, session: SessionToLaunch): Promise<Launch> {
    const surroundings = await this.surroundings.of(principal, session);
    const marked = await this.marked.launchOf(session, surroundings.profile, await this.launchers.kind());
    return this.launchers.launch({ session, ...surroundings, ...marked });
  }
}
