import fs from 'node:fs';
import path from 'node:path';
import type { Config } from '../../config/environment';
import { BubblewrapLauncher } from './bubblewrap/bubblewrap-launcher';
import { findBubblewrap } from './bubblewrap/find-bubblewrap';
import { CommandLauncher } from './command-launcher';
import { DirectLauncher } from './direct-launcher';
import type { Launcher } from './launcher';
import type { LauncherName } from './launchers';
import { Numbers } from './numbers';
import { SealedMounts } from './strict/sealed-mounts';
import { shellAccount } from './system-account';
import { SystemIds } from './system-ids';
import { UidLauncher } from './uid-launcher';

/** Makes a launcher, or says what it lacks. */
export class Candidates {
  readonly ids: SystemIds;

  constructor(private readonly config: Config) {
    this.ids = new SystemIds(sourceOfIds(config));
  }

  make(name: LauncherName): Launcher | { readonly problem: string } {
    const { config, ids } = this;
    switch (name) {
      case 'bubblewrap': {
        const found = findBubblewrap();
        return 'problem' in found ? found : new BubblewrapLauncher(found.path, ids, new SealedMounts(config.dataDir));
      }
      case 'uid':
        return isRoot()
          ? new UidLauncher(ids)
          : { problem: 'only a server that is root can start shells of other users' };
      case 'direct':
        return new DirectLauncher(shellAccount(config.shell), config.shell.user !== undefined);
      case 'command':
        return config.launcher.command
          ? new CommandLauncher(config.launcher.command)
          : { problem: 'TERMINAL_COMMAND does not say what to run' };
    }
  }
}

function sourceOfIds({ shell, launcher, dataDir }: Config): ConstructorParameters<typeof SystemIds>[0] {
  if (!isRoot()) return { kind: 'own' };
  if (shell.user !== undefined) return { kind: 'one', account: shellAccount(shell) };
  const directory = path.join(dataDir, 'launcher', 'ids');
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  return { kind: 'each', base: launcher.uidBase, numbers: new Numbers(directory) };
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
