import { consoleUrl, type Endpoints } from './endpoints';
import type { NewAdministrator } from './first-start/admin-bootstrap';

/** The one line that tells whoever started the server that it serves, and where. */
export function greet(endpoints: Endpoints, newAdministrator: NewAdministrator | undefined): void {
  process.stdout.write(`${greeting(endpoints, newAdministrator)}\n`);
}

function greeting(endpoints: Endpoints, newAdministrator: NewAdministrator | undefined): string {
  const ready = `Holdfast is ready: ${consoleUrl(endpoints)}`;
  if (newAdministrator?.generatedPassword === undefined) return ready;
  const { email, generatedPassword } = newAdministrator;
  return `${ready} – log in as ${email} with the password ${generatedPassword} (shown only this once)`;
}
