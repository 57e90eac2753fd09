import { ConfigError } from '../config/environment';
import { StartupError } from './infrastructure/startup-error';

/** What the last line on standard error says of a start that failed. */
export function failureText(error: unknown): string {
  // An operator can act on these; their stack would only hide the sentence.
  const isForOperator = error instanceof ConfigError || error instanceof StartupError;
  if (isForOperator) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

export function failStart(error: unknown): void {
  process.stderr.write(`${failureText(error)}\n`);
  process.exit(1);
}
