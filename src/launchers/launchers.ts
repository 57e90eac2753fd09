import type { LaunchProfile } from '../launch-profiles/launch-profile';
import type { Launch } from '../pty-host/wire/host-messages';

export type LauncherName = 'bubblewrap' | 'uid' | 'direct' | 'command';

/** What a program needs that is more than a shell. */
export interface LaunchExtras {
  /**
   * Canonical paths outside, and where the sandbox shows them; launchers without a sandbox show everything where it is. Directories
   * that are writable are given to the user the program runs as.
   */
  readonly mounts: readonly LaunchMount[];
  /** Files that exist in a sandbox only, and that nothing in it can change. */
  readonly files: readonly { readonly target: string; readonly content: string }[];
  /** Counts more than what the launcher and the profile say. */
  readonly env: Readonly<Record<string, string>>;
  /** A port of the sandbox's own loopback that leads to a Unix socket, named as the sandbox shows it. */
  readonly relay?: { readonly port: number; readonly socket: string };
  /** Starts where the launcher would start a shell. Absent: in the workspace. */
  readonly atHome?: true;
  /** Called when workspace, home and mounts belong to whom they have to, before anything starts. */
  readonly onPlacesTaken?: () => void;
}

export interface LaunchMount {
  readonly source: string;
  readonly target: string;
  readonly writable: boolean;
}

/** A terminal that somebody may have: who, for what, and where. */
export interface ShellRequest {
  readonly session: { readonly id: string; readonly projectId: string };
  readonly user: { readonly id: string; readonly email: string };
  readonly profile: LaunchProfile;
  /** Absolute, canonical, checked: DATA_DIR/workspaces/{projectId}. The launcher gives it to the user it runs the shell as. */
  readonly workspace: string;
  /** DATA_DIR/homes/{userId}, likewise. */
  readonly home: string;
  readonly extras?: LaunchExtras;
}

/** How shells of this server are confined. `launcher` is absent when none may be started: `why` says what to do then. */
export interface LauncherChoice {
  readonly launcher?: LauncherName;
  readonly why: string;
  /** What the self-test of each candidate found, in the order they were tried. */
  readonly selfTests: readonly SelfTestResult[];
}

export interface SelfTestResult {
  readonly launcher: LauncherName;
  readonly passed: boolean;
  /** Empty when it passed. */
  readonly problems: readonly string[];
}

/** Turns the wish for a terminal into what the PTY host runs, confined by the launcher that was chosen at the start. */
export abstract class Launchers {
  /**
   * Waits for the self-test of a server that has just started. Errors: `launcher_unavailable`, `launcher_unsafe`,
   * `launch_failed` where workspace, home or profile are not fit.
   */
  abstract launch(request: ShellRequest): Promise<Launch>;
  /**
   * The network of a profile that does not name one: TERMINAL_NETWORK; where that is not set, none in production with several users
   * when the launcher can take it away, the host's otherwise.
   */
  abstract defaultNetwork(): Promise<LaunchProfile['network']>;
  /** What it will be, waiting for the self-test of a server that has just started. Error: `launcher_unavailable`. */
  abstract kind(): Promise<LauncherName>;
  /** Undefined until the self-test has ended. */
  abstract get chosen(): LauncherChoice | undefined;
}
