import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../../kernel/domain-error';
import type { LaunchProfile } from '../../launch-profiles/launch-profile';
import { StrictViews } from '../strict/strict-views';
import { settings, systemTrees } from './system-trees';

/** What a sandbox shows of the machine. */
export interface View {
  /** bwrap arguments that mount programs, libraries and settings. */
  readonly mounts: readonly string[];
  readonly path: string;
  /** Where prlimit(1) is in the view: it sets the limit that has to be set inside. Absent: it was set around the sandbox. */
  readonly prlimit?: string;
}

const PRLIMIT = '/usr/bin/prlimit';

/** Makes the view that a profile names. */
export class Views {
  private readonly strict = new StrictViews();

  /** Throws `launch_failed` for a strict profile whose programs are not fit any more. */
  of(profile: LaunchProfile): View {
    if (profile.view === 'full') return fullView();
    const view = this.strict.of(profile);
    if (!('problems' in view)) return view;
    throw new DomainError(
      ErrorCode.launchFailed,
      `The profile "${profile.name}" cannot be used on this machine: ${view.problems.join(' ')}`,
    );
  }
}

/** All of /usr and the settings that programs read. */
export function fullView(): View {
  return {
    mounts: [...systemTrees(), ...settings()],
    prlimit: PRLIMIT,
    path: '/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games',
  };
}
