import { Inject, Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import { CONFIG, type Config } from '../../config/environment';
import { DomainError } from '../kernel/domain-error';
import type { Launch } from '../pty-host/wire/host-messages';
import type { Launcher } from './launcher';
import { LauncherChooser } from './launcher-chooser';
import { Launchers, type LauncherChoice, type LauncherName, type ShellRequest } from './launchers';
import { Tenancy } from './tenancy';

/** Launches with what was chosen, and refuses what would be less than a profile or the installation demands. */
@Injectable()
export class ChosenLaunchers extends Launchers {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly chooser: LauncherChooser,
    private readonly tenancy: Tenancy,
  ) {
    super();
  }

  get chosen(): LauncherChoice | undefined {
    return this.chooser.chosen;
  }

  async launch(request: ShellRequest): Promise<Launch> {
    const launcher = await this.launcher();
    if (launcher.name === 'direct') await this.assertDirectIsAllowed();
    assertKept(request, launcher);
    this.chooser.takePlaces(request, launcher);
    request.extras?.onPlacesTaken?.();
    return launcher.launch(request);
  }

  async kind(): Promise<LauncherName> {
    return (await this.launcher()).name;
  }

  async defaultNetwork(): Promise<'none' | 'host'> {
    const { network } = this.config.launcher;
    if (network !== undefined) return network;
    const { launcher } = await this.chooser.choose();
    if (!launcher?.isSandbox || !this.config.production) return 'host';
    return (await this.tenancy.hasManyUsers()) ? 'none' : 'host';
  }

  private async launcher(): Promise<Launcher> {
    const { launcher, choice } = await this.chooser.choose();
    if (launcher) return launcher;
    throw new DomainError(
      ErrorCode.launcherUnavailable,
      'This server cannot confine terminals, so it starts none. An administrator finds the reason in its log and in /health.',
      { details: { wanted: this.config.launcher.name, tried: choice.selfTests.map((test) => test.launcher) } },
    );
  }

  private async assertDirectIsAllowed(): Promise<void> {
    const { production, launcher } = this.config;
    if (!production || launcher.allowUnsafeDirect || !(await this.tenancy.hasManyUsers())) return;
    throw new DomainError(
      ErrorCode.launcherUnsafe,
      'This server has several users and would start shells that can read all of it. An administrator has to install ' +
        'bubblewrap, or to say ALLOW_UNSAFE_DIRECT=true.',
    );
  }
}

/** What a profile demands holds, or nothing starts. */
function assertKept({ profile }: ShellRequest, { name, isSandbox }: Launcher): void {
  if (isSandbox || (profile.view === 'full' && profile.network === 'host')) return;
  throw new DomainError(
    ErrorCode.launcherUnavailable,
    `The profile "${profile.name}" needs a sandbox (its view or network says so), and this server's launcher "${name}" makes none.`,
  );
}
