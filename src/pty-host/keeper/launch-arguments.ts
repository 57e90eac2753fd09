import type { Confinement, Launch } from '../wire/host-messages';

/** More than any shell needs, less than what lets one session exhaust the machine. */
const MAX_OPEN_FILES = 65_536;
const STAY = '-1';

/** argv of the launcher for a launch, see launcher.c; `descriptors` are those of the confinement, as numbers of the keeper. */
export function launchArguments(launch: Launch, descriptors: readonly number[] = []): string[] {
  const { confinement } = launch;
  const environment = Object.entries(launch.env).map(([name, value]) => `${name}=${value}`);
  return [
    ...(confinement ? options(confinement, descriptors) : []),
    launch.user ? String(launch.user.uid) : STAY,
    launch.user ? String(launch.user.gid) : STAY,
    launch.user?.name ?? '-',
    launch.cwd,
    String(confinement?.limits.files ?? MAX_OPEN_FILES),
    String(environment.length),
    ...environment,
    (confinement ?? launch).program,
    ...(confinement ?? launch).args,
  ];
}

function options({ umask, limits }: Confinement, descriptors: readonly number[]): string[] {
  const { memoryBytes, fileBytes, processes } = limits;
  return [
    '--supervise',
    ...descriptors.map((fd) => `--pass=${fd}`),
    `--umask=${umask.toString(8)}`,
    `--data=${memoryBytes}`,
    `--file-size=${fileBytes}`,
    ...(processes === undefined ? [] : [`--processes=${processes}`]),
    '--',
  ];
}
