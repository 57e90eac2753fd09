import fs from 'node:fs';

const FILE = '/etc/ld.so.cache';
const MAGIC = 'glibc-ld.so.cache1.1';
const HEADER_BYTES = 48;
const ENTRY_BYTES = 24;
/** A large desktop has a few thousand. */
const MAX_ENTRIES = 100_000;

/** Paths by the name of the library. */
export type LibraryCache = ReadonlyMap<string, readonly string[]>;
const NONE: LibraryCache = new Map();

/** Where the dynamic loader finds libraries of a name, as ldconfig(8) wrote it down; empty where there is no such file (musl). */
export function readLibraryCache(file = FILE): LibraryCache {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (!stat) return NONE;
  const bytes = fs.readFileSync(file);
  // Older systems have the cache of libc 5 in front.
  const start = bytes.indexOf(MAGIC, 0, 'latin1');
  return start < 0 ? NONE : entriesOf(bytes.subarray(start));
}

function entriesOf(cache: Buffer): Map<string, string[]> {
  const paths = new Map<string, string[]>();
  const count = Math.min(cache.readUInt32LE(20), MAX_ENTRIES);
  for (let index = 0; index < count; index++) {
    const at = HEADER_BYTES + index * ENTRY_BYTES;
    if (at + ENTRY_BYTES > cache.length) break;
    const name = textAt(cache, cache.readUInt32LE(at + 4));
    const found = paths.get(name);
    const path = textAt(cache, cache.readUInt32LE(at + 8));
    if (found) found.push(path);
    else paths.set(name, [path]);
  }
  return paths;
}

function textAt(cache: Buffer, offset: number): string {
  const end = cache.indexOf(0, offset);
  return cache.toString('latin1', offset, end < 0 ? cache.length : end);
}
