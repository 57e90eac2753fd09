import type { Launch } from '../pty-host/wire/host-messages';
import type { LauncherName, ShellRequest } from './launchers';

/** One way to confine a shell: from a request to what the PTY host runs. Nothing is started here. */
export interface Launcher {
  readonly name: LauncherName;
  /** Whether it can keep what a profile says of network and view. */
  readonly isSandbox: boolean;
  /** Throws `launch_failed` for a profile it cannot keep. */
  launch(request: ShellRequest): Launch;
}
