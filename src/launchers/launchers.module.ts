import { Global, Module } from '@nestjs/common';
import { LauncherHealth } from '../health/launcher-health';
import { ChosenLaunchers } from './chosen-launchers';
import { CommandCleanup } from './command-cleanup';
import { LauncherChooser } from './launcher-chooser';
import { LauncherProbe } from './launcher-probe';
import { Launchers } from './launchers';
import { Tenancy } from './tenancy';

/** How shells are confined. Global, because health says it, too. */
@Global()
@Module({
  providers: [
    Tenancy,
    LauncherChooser,
    CommandCleanup,
    { provide: Launchers, useClass: ChosenLaunchers },
    { provide: LauncherHealth, useClass: LauncherProbe },
  ],
  exports: [Launchers, LauncherHealth],
})
export class LaunchersModule {}
