import fs from 'node:fs';
import path from 'node:path';

/** All of them answer keys; `idle` prints nothing of its own, `slow` a line twice a second. */
export type LoadMode = 'typing' | 'flood' | 'slow' | 'idle';

const PROGRAM = path.join(__dirname, 'programs/load.js');

/** What to type into a shell; what the program records goes into the directory. */
export function loadCommand(directory: string, mode: LoadMode): string {
  return `stty raw -echo; exec ${process.execPath} ${PROGRAM} ${directory} ${mode}\n`;
}

/** What the program printed in all, once it has ended. */
export function readPrinted(directory: string): { readonly bytes: number; readonly sha256: string } | undefined {
  const file = path.join(directory, 'printed');
  if (!fs.existsSync(file)) return undefined;
  return JSON.parse(fs.readFileSync(file, 'utf8')) as { bytes: number; sha256: string };
}
