import fs from 'node:fs';
import path from 'node:path';

const READABLE_BY_ALL = 0o004;
const ENTERABLE_BY_ALL = 0o001;

/** Whether a user who shares nothing with the server can read it. A shell that cannot would read none of its start-up files. */
export function isReadableByAll(file: string): boolean {
  const real = fs.realpathSync(file);
  if ((fs.statSync(real).mode & READABLE_BY_ALL) === 0) return false;
  for (let at = path.dirname(real); ; at = path.dirname(at)) {
    if ((fs.statSync(at).mode & ENTERABLE_BY_ALL) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}
