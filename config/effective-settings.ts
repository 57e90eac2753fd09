import type { Environment } from './environment';
import type { Variable } from './variable';
import { VARIABLES } from './variables';

/** One setting of the environment as administrators see it. */
export interface EffectiveSetting {
  readonly name: string;
  readonly description: string;
  /** Null = it is not set, or a secret. */
  readonly value: string | null;
  readonly secret: boolean;
  readonly from: 'environment' | 'default' | 'unset';
}

/** What the environment decides, secrets without their value. */
export function effectiveSettings(env: Environment): EffectiveSetting[] {
  return Object.entries<Variable<unknown>>(VARIABLES).map(([name, variable]) => {
    const given = env[name] || undefined;
    const secret = variable.secret ?? false;
    const from = given !== undefined ? 'environment' : variable.default !== undefined ? 'default' : 'unset';
    const value = secret ? null : (given ?? variable.default ?? null);
    return { name, description: variable.description, value, secret, from };
  });
}
