import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { writeFileOnce } from './data-directory';

const SECRET_BYTES = 48;
const ONLY_MINE = 0o600;

/** A secret of this installation: generated at its first use, mode 0600, the same for all of its processes. */
export function storedSecret(file: string): string {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  if (!fs.existsSync(file)) writeFileOnce(file, randomBytes(SECRET_BYTES).toString('base64url'), ONLY_MINE);
  // A copy or a backup may have widened it.
  if ((fs.statSync(file).mode & 0o077) !== 0) fs.chmodSync(file, ONLY_MINE);
  return fs.readFileSync(file, 'utf8');
}
