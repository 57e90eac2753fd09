import type { ShellRequest } from './launchers';

/** Who a shell runs as, as its environment says it. */
export interface ShellUser {
  readonly name: string;
  readonly home: string;
  readonly path: string;
}

/**
 * The environment of a shell, made here: nothing of the server's is in it. What the profile sets does not replace any of it; what the
 * request brings itself does.
 */
export function shellEnvironment(
  { session, profile, extras }: ShellRequest,
  { name, home, path }: ShellUser,
): Record<string, string> {
  return {
    ...profile.env,
    PATH: path,
    HOME: home,
    USER: name,
    LOGNAME: name,
    SHELL: profile.program,
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    TERM_PROGRAM: 'holdfast',
    LANG: 'C.UTF-8',
    HOLDFAST_SESSION: session.id,
    HOLDFAST_PROJECT: session.projectId,
    ...extras?.env,
  };
}
