import fs from 'node:fs';
import path from 'node:path';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { storedSecret } from '../infrastructure/stored-secret';
import type { LaunchProfile } from '../launch-profiles/launch-profile';
import type { LauncherName, LaunchExtras } from '../launchers/launchers';
import { storageKey } from '../sessions/session-ids';
import { RuntimeSettings } from '../settings/runtime-settings';
import { markNonce } from '../shell-integration/mark-nonce';
import { isReadableByAll } from '../shell-integration/readable';
import { shellStartup } from '../shell-integration/shell-startup';
import { SuggestionConsents } from './suggestion-consents';

interface ShellToMark {
  readonly id: string;
  readonly projectId: string;
  readonly ownerId: string;
}

export interface MarkedLaunch {
  readonly profile: LaunchProfile;
  readonly extras: LaunchExtras;
}

/** Of a sandbox, where nobody can change what is in it. */
const SANDBOX_DIRECTORY = '/etc/holdfast';

/** Which shells mark their commands, and with which word. */
@Injectable()
export class MarkedShells {
  private readonly logger = new Logger(MarkedShells.name);
  private secret: string | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly settings: RuntimeSettings,
    private readonly consents: SuggestionConsents,
  ) {}

  /** What is launched in place of the profile; undefined: this shell is started as if there were no marks. */
  async launchOf(
    session: ShellToMark,
    profile: LaunchProfile,
    launcher: LauncherName,
  ): Promise<MarkedLaunch | undefined> {
    const startup = shellStartup(profile, this.nonceOf(session));
    if (!startup || !this.canBring(startup.file, launcher) || !(await this.isWanted(session.ownerId))) return undefined;
    const { file, args, env } = startup;
    const target = launcher === 'bubblewrap' ? path.posix.join(SANDBOX_DIRECTORY, path.basename(file)) : file;
    const files = launcher === 'bubblewrap' ? [{ target, content: fs.readFileSync(file, 'utf8') }] : [];
    return { profile: { ...profile, args }, extras: { mounts: [], files, env: env(target), atHome: true } };
  }

  nonceOf({ id, projectId }: Pick<ShellToMark, 'id' | 'projectId'>): string {
    // Of this machine, as the process is.
    this.secret ??= storedSecret(path.join(this.config.dataDir, 'secrets', 'shell-marks'));
    return markNonce(this.secret, storageKey(id, projectId));
  }

  /** To a shell of another user it has to be readable where it is; what a command of the operator's starts has files of its own. */
  private canBring(file: string, launcher: LauncherName): boolean {
    switch (launcher) {
      case 'bubblewrap':
        return true;
      case 'uid':
        return isReadableByAll(file);
      case 'direct':
        return this.config.shell.user === undefined || isReadableByAll(file);
      case 'command':
        return false;
    }
  }

  private async isWanted(ownerId: string): Promise<boolean> {
    switch (this.config.shell.integration) {
      case 'on':
        return true;
      case 'off':
        return false;
      case 'auto':
        return this.settings.current.suggestionsAllowed && (await this.wantsSuggestions(ownerId));
    }
  }

  /** Without the database a terminal is worth more than its marks. */
  private async wantsSuggestions(ownerId: string): Promise<boolean> {
    try {
      return await this.consents.isGiven(ownerId);
    } catch (error) {
      this.logger.warn(`Nobody knows whether this shell should mark its commands: ${String(error)}`);
      return false;
    }
  }
}
