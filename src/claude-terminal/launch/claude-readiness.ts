import { Inject, Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { CONFIG, type Config } from '../../../config/environment';
import { DomainError } from '../../kernel/domain-error';
import { Launchers, type LauncherName } from '../../launchers/launchers';
import { ClaudeProgram, HOW_TO_GET_CLAUDE } from './claude-program';
import { closedToOthers } from './find-claude';

export interface ClaudeReady {
  readonly program: string;
  readonly version?: string;
  readonly launcher: Exclude<LauncherName, 'command'>;
  readonly model?: string;
}

export type ClaudeReadinessReport =
  /** `weaker`: what this launcher cannot promise. */
  | ({ readonly available: true; readonly weaker?: string } & ClaudeReady)
  | { readonly available: false; readonly reason: string };

const NO_KEY = 'There is no key for its API: set ANTHROPIC_API_KEY, or ANTHROPIC_API_KEY_FILE.';
const NO_COMMAND = 'TERMINAL_LAUNCHER=command starts a program of its own, which is not Claude Code.';
const WEAKER =
  'Without a sandbox the settings of a project can switch its hooks off: states and permissions are only seen in the terminal then.';

/** Whether a Claude session can be started on this server, and with what; else why not, for whoever can change it. */
@Injectable()
export class ClaudeReadiness {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly claude: ClaudeProgram,
    private readonly launchers: Launchers,
  ) {}

  /** Rejects while nobody knows how terminals are confined: `host_unavailable`, `launcher_unavailable`. */
  async check(): Promise<ClaudeReadinessReport> {
    const { claude, claudeApi } = this.config;
    if (claudeApi.key === undefined && claudeApi.keyFile === undefined) return { available: false, reason: NO_KEY };
    const state = await this.claude.check();
    if (!state.available) return state;
    const launcher = await this.launchers.kind();
    if (launcher === 'command') return { available: false, reason: NO_COMMAND };
    const { program, version } = state;
    // What runs as the server itself may run what the server may.
    const closed = process.getuid?.() === 0 && launcher !== 'direct' ? closedToOthers(program) : undefined;
    if (closed !== undefined) {
      const reason = `The users of terminals cannot run ${program}: ${closed} is closed to them. ${HOW_TO_GET_CLAUDE}`;
      return { available: false, reason };
    }
    const weaker = launcher === 'bubblewrap' ? {} : { weaker: WEAKER };
    return { available: true, program, version, launcher, model: claude.model, ...weaker };
  }

  /** Throws `unavailable`. */
  async demand(): Promise<ClaudeReady> {
    const report = await this.check();
    if (report.available) return report;
    throw new DomainError(ErrorCode.unavailable, `Claude sessions are not available on this server. ${report.reason}`);
  }
}
