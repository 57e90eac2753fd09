const MIB = 2 ** 20;

/** How much of the machine the processes of one terminal may take. */
export interface LaunchLimits {
  /** Processes and threads. */
  readonly processes: number;
  /** Data (heap, private mappings) of each process. */
  readonly memoryBytes: number;
  /** Open files of each process. */
  readonly files: number;
  /** The largest file that can be written. */
  readonly fileBytes: number;
}

/** What runs in a terminal, and in what surroundings. Administrators own these; users choose among them. */
export interface LaunchProfile {
  readonly name: string;
  /** Absolute, as the shell's view has it. */
  readonly program: string;
  readonly args: readonly string[];
  /** `full`: the system's programs, read-only. `strict`: nothing but `binaries`, on mounts from which nothing else runs. */
  readonly view: 'full' | 'strict';
  /** Absolute paths, for `strict`. */
  readonly binaries: readonly string[];
  /** `none`: not even loopback. */
  readonly network: 'none' | 'host';
  readonly limits: LaunchLimits;
  readonly env: Readonly<Record<string, string>>;
}

/** Room for compilers, editors and language servers of one person; far from what starves the others. */
export const DEFAULT_LIMITS: LaunchLimits = {
  processes: 512,
  // 4 << 30 would be 0: shifts are of 32 bits.
  memoryBytes: 4096 * MIB,
  files: 4096,
  fileBytes: 4096 * MIB,
};

/** The profile that is there without anybody making one. */
export function defaultProfile(given: Pick<LaunchProfile, 'program' | 'network'>): LaunchProfile {
  return {
    name: 'default',
    program: given.program,
    args: ['-l'],
    view: 'full',
    binaries: [],
    network: given.network,
    limits: DEFAULT_LIMITS,
    env: {},
  };
}
