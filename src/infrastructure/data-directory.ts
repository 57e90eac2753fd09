import fs from 'node:fs';
import path from 'node:path';
import { errorCode, errorMessage, StartupError } from './startup-error';

const PARENTS_MODE = 0o755;
/** Only this user may look inside. */
const PRIVATE_MODE = 0o700;
/** When root, the embedded database's user must pass through, but still not look inside. */
const PASSABLE_MODE = 0o711;

/** Makes DATA_DIR, or says in one sentence why that cannot be. */
export function prepareDataDirectory(dir: string): void {
  const isRoot = process.getuid?.() === 0;
  try {
    makeDirectory(dir);
    const stat = fs.statSync(dir);
    if (stat.uid === process.getuid?.()) fs.chmodSync(dir, isRoot ? PASSABLE_MODE : PRIVATE_MODE);
    const probe = path.join(dir, `.writable-${process.pid}`);
    fs.writeFileSync(probe, '');
    fs.unlinkSync(probe);
  } catch (error) {
    throw new StartupError(
      `The data directory ${dir} cannot be written (${errorMessage(error)}); give this user access to it or set DATA_DIR.`,
      { cause: error },
    );
  }
}

/** Step by step: where nothing can be made, as in /proc, the recursive mkdir of Node 20 never returns. */
function makeDirectory(dir: string): void {
  if (isDirectory(dir)) return;
  makeDirectory(path.dirname(dir));
  try {
    fs.mkdirSync(dir, { mode: PARENTS_MODE });
  } catch (error) {
    // Another start was quicker.
    if (!isDirectory(dir)) throw error;
  }
}

function isDirectory(dir: string): boolean {
  return fs.statSync(dir, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Makes a file with this content unless there is one. Of several processes that start at once, one wins, with a whole file. */
export function writeFileOnce(file: string, content: string, mode = 0o600): void {
  const temporary = `${file}.${process.pid}.new`;
  fs.writeFileSync(temporary, content, { mode, flush: true });
  try {
    fs.linkSync(temporary, file);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    fs.rmSync(temporary);
  }
}

/** Writes a file so that a reader, or a crash, sees the old content or the new one, never half of it. */
export function writeFileAtomically(file: string, content: string, mode = 0o600): void {
  const temporary = `${file}.${process.pid}.new`;
  const descriptor = fs.openSync(temporary, 'w', mode);
  try {
    fs.writeFileSync(descriptor, content);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
  fs.renameSync(temporary, file);
}
