import fs from 'node:fs';

/** Absolute, so that no PATH decides what confines everybody. */
const PLACES = ['/usr/bin/bwrap', '/usr/local/bin/bwrap'];
const WRITABLE_BY_OTHERS = 0o022;

export const HOW_TO_GET_BUBBLEWRAP =
  'Install bubblewrap 0.8 or newer (Debian, Ubuntu: apt install bubblewrap; Fedora: dnf install bubblewrap) and start again.';

export type BubblewrapProgram = { readonly path: string } | { readonly problem: string };

/** The program, of root and writable by nobody else, with every directory above it likewise. */
export function findBubblewrap(places: readonly string[] = PLACES): BubblewrapProgram {
  const place = places.find((file) => fs.existsSync(file));
  if (place === undefined) return { problem: `bubblewrap is not installed. ${HOW_TO_GET_BUBBLEWRAP}` };
  const file = fs.realpathSync(place);
  for (let at = file; ; at = parentOf(at)) {
    const stat = fs.statSync(at);
    if (stat.uid !== 0 || (stat.mode & WRITABLE_BY_OTHERS) !== 0)
      return {
        problem: `${at} can be changed by others than root, so ${place} is not trusted. ${HOW_TO_GET_BUBBLEWRAP}`,
      };
    if (at === '/') return { path: file };
  }
}

function parentOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/')) || '/';
}
