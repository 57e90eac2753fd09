import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Audited, asAsked } from '../../audit/audited.decorator';
import { Caller } from '../../auth/caller.decorator';
import type { Principal } from '../../auth/principal';
import { Roles } from '../../auth/roles.decorator';
import { StepUp } from '../../auth/step-up';
import { ApiZodBody, ApiZodResponse } from '../../infrastructure/http/open-api';
import { ZodPipe } from '../../infrastructure/http/zod.pipe';
import type { SettingChanges } from '../../settings/runtime-settings';
import { settingChangesSchema, type SettingsView, settingsViewSchema } from './admin-settings.schemas';
import { AdminSettings } from './admin-settings.service';

@ApiTags('admin')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/admin/settings')
export class AdminSettingsController {
  constructor(private readonly settings: AdminSettings) {}

  /** What holds: what may be changed here, and what the environment fixes, without secrets. */
  @Get()
  @ApiZodResponse(200, settingsViewSchema)
  view(): Promise<SettingsView> {
    return this.settings.view();
  }

  /** Changes some settings on every gateway; null = as the environment says. */
  @Patch()
  @StepUp()
  @Audited('setting.changed', { data: asAsked })
  @ApiZodBody(settingChangesSchema)
  @ApiZodResponse(200, settingsViewSchema)
  change(
    @Caller() caller: Principal,
    @Body(new ZodPipe(settingChangesSchema)) changes: SettingChanges,
  ): Promise<SettingsView> {
    return this.settings.change(caller, changes);
  }
}
