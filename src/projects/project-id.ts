import { DomainError } from '../kernel/domain-error';

const PROJECT_ID = /^[A-Za-z0-9._-]{1,128}$/;
/** Would mean something else in a path. */
const RESERVED = new Set(['.', '..']);

export function isProjectId(id: string): boolean {
  return PROJECT_ID.test(id) && !RESERVED.has(id);
}

export function requireProjectId(id: string): void {
  if (isProjectId(id)) return;
  throw new DomainError(
    'bad_request',
    'A project id has 1 to 128 letters, digits, dots, dashes and underscores, and is not "." or "..".',
  );
}
