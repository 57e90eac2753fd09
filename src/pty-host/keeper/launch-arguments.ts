import type { Launch } from '../wire/host-messages';

/** More than any shell needs, less than what lets one session exhaust the machine. */
const MAX_OPEN_FILES = 65_536;
const STAY = '-1';

/** argv of the launcher for a launch; see launcher.c. */
export function launchArguments(launch: Launch): string[] {
  const environment = Object.entries(launch.env).map(([name, value]) => `${name}=${value}`);
  return [
    launch.user ? String(launch.user.uid) : STAY,
    launch.user ? String(launch.user.gid) : STAY,
    launch.user?.name ?? '-',
    launch.cwd,
    String(MAX_OPEN_FILES),
    String(environment.length),
    ...environment,
    launch.program,
    ...launch.args,
  ];
}
