import fs from 'node:fs';
import { errorCode } from '../infrastructure/startup-error';
import { Level, unlessGone } from './directory-walk';
import type { HeldDirectory } from './held-directory';
import type { Pace } from './pace';

/** More files than large builds make. A tree with more is not counted to its end, at 10 µs each. */
export const MAX_ENTRIES = 1_000_000;
/** Each level holds two descriptors while it is counted. */
export const MAX_DEPTH = 128;
/** Hard links of which each file is counted once; those beyond are counted by the link. 8 bytes each. */
const MAX_LINKED = 100_000;
const BLOCK_BYTES = 512;

/** Why a tree was not counted to its end: what lies beyond could be anything, so it counts as too much. */
export type MeasureProblem = 'too_many_files' | 'too_deep' | 'unreadable';

/** What a tree takes on disk. */
export interface Measured {
  /** Allocated, as `du` counts: a sparse file has the size of what is in it. */
  readonly bytes: number;
  readonly files: number;
  readonly problem?: MeasureProblem;
}

/**
 * Counts what is below a directory in turns, without following a link, without opening a file, and without leaving the file
 * system. What changes meanwhile is counted or not.
 */
export async function measureDirectory(root: HeldDirectory, pace: Pace): Promise<Measured> {
  const measurement = new Measurement(root);
  try {
    while (measurement.step()) await pace.pause();
    return measurement.result;
  } finally {
    measurement.dispose();
  }
}

class Measurement {
  private readonly levels: Level[] = [];
  private readonly linked = new Set<number>();
  private readonly device: number;
  private bytes = 0;
  private files = 0;
  private problem: MeasureProblem | undefined;

  constructor(root: HeldDirectory) {
    this.device = fs.statSync(root.self).dev;
    this.descend(root, '.');
  }

  get result(): Measured {
    const { bytes, files, problem } = this;
    return { bytes, files, ...(problem && { problem }) };
  }

  /** False when there is nothing left to count. */
  step(): boolean {
    const level = this.levels.at(-1);
    if (!level) return false;
    const name = level.next();
    if (name === undefined) {
      this.levels.pop()?.dispose();
      return true;
    }
    if (++this.files > MAX_ENTRIES) {
      this.problem = 'too_many_files';
      return false;
    }
    this.count(level, name);
    return true;
  }

  dispose(): void {
    for (const level of this.levels.splice(0)) level.dispose();
  }

  private count(level: Level, name: string): void {
    const entry = this.look(() => fs.lstatSync(level.directory.at(name)));
    if (!entry || this.countedBefore(entry)) return;
    this.bytes += entry.blocks * BLOCK_BYTES;
    if (!entry.isDirectory() || entry.dev !== this.device) return;
    if (this.levels.length >= MAX_DEPTH) this.problem ??= 'too_deep';
    else this.enter(level, name);
  }

  private enter(level: Level, name: string): void {
    const directory = this.look(() => level.directory.enter(name));
    if (directory) this.descend(directory, name);
  }

  private descend(directory: HeldDirectory, name: string): void {
    const level = this.look(() => new Level(directory, name));
    if (level) this.levels.push(level);
  }

  private look<T>(at: () => T): T | undefined {
    try {
      return unlessGone(at);
    } catch (error) {
      if (errorCode(error) !== 'EACCES') throw error;
      this.problem ??= 'unreadable';
      return undefined;
    }
  }

  private countedBefore(entry: fs.Stats): boolean {
    if (entry.nlink < 2 || entry.isDirectory()) return false;
    if (this.linked.has(entry.ino)) return true;
    if (this.linked.size < MAX_LINKED) this.linked.add(entry.ino);
    return false;
  }
}
