import fs from 'node:fs';
import path from 'node:path';
import { type Elf, readElf } from './elf';
import { type LibraryCache, readLibraryCache } from './library-cache';

/** Where the loader looks when neither the program nor the cache knows a library. */
const USUAL_DIRECTORIES = ['/lib64', '/usr/lib64', '/lib', '/usr/lib', '/usr/local/lib'];
/** Loaded by glibc itself, for example when a thread ends; no program says that it needs it. */
const LOADED_UNNAMED = ['libgcc_s.so.1'];
/** A graphical program has a few hundred. */
const MAX_LIBRARIES = 1000;

/** The files a set of programs needs to start: libraries, those that these need, and the dynamic loader. */
export interface SharedLibraries {
  readonly files: readonly string[];
  /** Names that were not found anywhere. */
  readonly missing: readonly string[];
}

export function sharedLibraries(programs: readonly string[], cache = readLibraryCache()): SharedLibraries {
  const files = new Set<string>();
  const missing = new Set<string>();
  const elves = new Map<string, Elf | undefined>();
  const pending = [...programs];
  for (let file = pending.pop(); file !== undefined && files.size < MAX_LIBRARIES; file = pending.pop()) {
    if (elves.has(file)) continue;
    const elf = readElf(file);
    elves.set(file, elf);
    if (!elf) continue;
    if (elf.interpreter !== undefined) add(elf.interpreter, files, pending);
    for (const name of [...elf.needed, ...(elf.interpreter === undefined ? [] : LOADED_UNNAMED)]) {
      const found = locate(name, elf, cache);
      for (const library of found) add(library, files, pending);
      if (found.length === 0 && elf.needed.includes(name)) missing.add(name);
    }
  }
  return { files: [...files], missing: [...missing] };
}

function add(file: string, files: Set<string>, pending: string[]): void {
  if (files.has(file)) return;
  files.add(file);
  pending.push(file);
}

/** Every candidate, because the loader prefers one for the processor it runs on. */
function locate(name: string, of: Elf, cache: LibraryCache): string[] {
  if (name.startsWith('/')) return fs.existsSync(name) ? [name] : [];
  const own = of.searchPath.map((directory) => path.join(directory, name));
  const usual = USUAL_DIRECTORIES.map((directory) => path.join(directory, name));
  const fits = (file: string) => fs.existsSync(file) && readElf(file)?.machine === of.machine;
  const found = [...own, ...(cache.get(name) ?? [])].filter(fits);
  return found.length > 0 ? found : usual.filter(fits).slice(0, 1);
}
