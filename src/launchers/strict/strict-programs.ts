import fs from 'node:fs';
import path from 'node:path';
import type { LaunchProfile } from '../../launch-profiles/launch-profile';
import { readElf } from './elf';
import { type ProgramUse, refusalOfLibraries, refusalOfName } from './interpreters';
import { type LibraryCache, readLibraryCache } from './library-cache';
import { sharedLibraries } from './shared-libraries';

const EXECUTABLE = 0o111;
const USE_FULL = 'In a profile with the view "full" it may run; there the sandbox is the boundary.';

/** A program as it is here, and under which name the view has it. */
export interface ViewedFile {
  readonly file: string;
  readonly inView: string;
}

export interface StrictPrograms {
  readonly programs: readonly ViewedFile[];
  /** What has to be changed before the profile can be used, one sentence each; empty when nothing. */
  readonly problems: readonly string[];
}

/** What a strict profile lets run, looked at on this machine: what a name leads to may have changed since the profile was written. */
export function strictPrograms({ program, binaries }: Pick<LaunchProfile, 'program' | 'binaries'>): StrictPrograms {
  const wanted = [...new Set([program, ...binaries])];
  const cache = readLibraryCache();
  const looked = wanted.map((file) => look(file, file === program ? 'program' : 'binary', cache));
  return {
    programs: looked.flatMap(({ found }) => (found ? [found] : [])),
    problems: looked.flatMap(({ problem }) => (problem === undefined ? [] : [problem])),
  };
}

/** Where a path lies once links between directories are gone: /bin/ls is /usr/bin/ls on a merged system. */
export function viewed(file: string): ViewedFile {
  const directory = fs.realpathSync(path.dirname(file));
  return { file: fs.realpathSync(file), inView: path.join(directory, path.basename(file)) };
}

function look(
  file: string,
  use: ProgramUse,
  cache: LibraryCache,
): { readonly found?: ViewedFile; readonly problem?: string } {
  if (!path.isAbsolute(file) || path.normalize(file) !== file) return { problem: `"${file}" is not an absolute path.` };
  const stat = statOf(file);
  if (!stat?.isFile() || (stat.mode & EXECUTABLE) === 0)
    return { problem: `"${file}" is not a program on this machine.` };
  const found = viewed(file);
  const refused =
    refusalOfName(path.basename(file), use) ??
    refusalOfName(path.basename(found.file), use) ??
    refusalOfContent(found.file, cache);
  return refused === undefined ? { found } : { problem: `"${file}" ${refused}. ${USE_FULL}` };
}

function refusalOfContent(file: string, cache: LibraryCache): string | undefined {
  if (!readElf(file)) return 'is a script, or for another kind of machine';
  const { files, missing } = sharedLibraries([file], cache);
  if (missing.length > 0) return `needs ${missing.join(', ')}, which this machine does not have`;
  return refusalOfLibraries(files);
}

function statOf(file: string): fs.Stats | undefined {
  try {
    return fs.statSync(file);
  } catch {
    return undefined;
  }
}
