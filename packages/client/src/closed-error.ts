import { CloseCode } from '@holdfast/protocol';
import { HoldfastError } from './holdfast-error';

/** The error of a client that is closed for good. `code` is the server's stable error code, where it named one. */
export function closedError(closed: { readonly code: number; readonly reason: string }, code?: string): HoldfastError {
  return new HoldfastError(code ?? nameOf(closed.code), closed.reason || `The server closed with ${closed.code}.`);
}

/** The name of a close code in the form of the other stable codes, for example `credential_expired`. */
function nameOf(code: number): string {
  const name = Object.entries(CloseCode).find(([, value]) => value === code)?.[0] ?? 'closed';
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
