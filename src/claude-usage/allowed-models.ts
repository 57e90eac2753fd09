import { ErrorCode } from '@holdfast/protocol';
import { DomainError } from '../kernel/domain-error';
import { fits } from './name-pattern';

/** What a model may be called: it gets into ledgers and logs. */
const MODEL_NAME = /^[A-Za-z0-9._:@/[\]-]{1,128}$/;

/** Of the setting `claudeModels`: names and patterns of such; none = every model. */
export function allowedModels(setting: string): string[] {
  return setting
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** Throws `model_not_allowed`. */
export function requireAllowed(setting: string, model: unknown): asserts model is string {
  if (typeof model !== 'string' || !MODEL_NAME.test(model)) {
    throw new DomainError(ErrorCode.modelNotAllowed, 'The request names no model, or one that cannot be one.');
  }
  const allowed = allowedModels(setting);
  if (allowed.length === 0 || allowed.some((pattern) => fits(pattern, model))) return;
  throw new DomainError(
    ErrorCode.modelNotAllowed,
    `The model ${model} is not allowed on this server; these are: ${allowed.join(', ')}. Choose one with /model.`,
    { details: { model, allowed } },
  );
}
