import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Principal } from '../../auth/principal';
import { effectiveSettings } from '../../../config/effective-settings';
import { processEnvironment } from '../../../config/process-environment';
import { RuntimeSettings, type SettingChanges } from '../../settings/runtime-settings';
import { SETTING_KEYS, settingsSchema } from '../../settings/settings';
import type { SettingsView } from './admin-settings.schemas';

@Injectable()
export class AdminSettings {
  constructor(private readonly settings: RuntimeSettings) {}

  async view(): Promise<SettingsView> {
    const changed = new Map((await this.settings.changed()).map((row) => [row.key, row]));
    const changeable = SETTING_KEYS.map((key) => {
      const { description = '', ...schema } = jsonSchemaOf(settingsSchema.shape[key]);
      const row = changed.get(key);
      return {
        key,
        description,
        value: this.settings.current[key],
        initial: this.settings.initial[key],
        schema,
        changedAt: row?.changedAt.toISOString() ?? null,
        changedBy: row?.changedBy ?? null,
      };
    });
    return { changeable, environment: effectiveSettings(processEnvironment()) };
  }

  async change({ userId }: Principal, changes: SettingChanges): Promise<SettingsView> {
    await this.settings.change(changes, userId);
    return this.view();
  }
}

function jsonSchemaOf(schema: z.ZodType): Record<string, unknown> & { description?: string } {
  const { $schema: _, ...json } = z.toJSONSchema(schema);
  return json;
}
