import { Global, Module } from '@nestjs/common';
import { LoginBannerController } from './login-banner.controller';
import { RuntimeSettings } from './runtime-settings';

/** Global, because whoever has a limit asks for it at the moment it counts. */
@Global()
@Module({ controllers: [LoginBannerController], providers: [RuntimeSettings], exports: [RuntimeSettings] })
export class SettingsModule {}
