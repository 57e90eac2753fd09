import fs from 'node:fs';
import { errorCode } from '../infrastructure/startup-error';
import { Level, unlessGone } from './directory-walk';
import type { HeldDirectory } from './held-directory';
import type { Pace } from './pace';

/** Each level holds two descriptors. What lies deeper is moved up and removed from there. */
const MAX_DEPTH = 128;
/** A directory into which somebody keeps writing is left for the next attempt. */
const MAX_ATTEMPTS = 3;
const OWNER_MAY_EVERYTHING = 0o700;

/**
 * Removes a directory with everything in it, in turns, without following a link: what a link points to, or shares its inode, stays.
 * Interrupted, it goes on where it was with the next call. False = somebody keeps writing; some of it is still there.
 */
export async function removeTree(
  parent: HeldDirectory,
  name: string,
  pace: Pace,
  newName: () => string,
): Promise<boolean> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const removal = new Removal(parent, newName);
    try {
      removal.begin(name);
      while (removal.step()) await pace.pause();
    } finally {
      removal.dispose();
    }
    if (!exists(parent, name)) return true;
  }
  return false;
}

class Removal {
  private readonly levels: Level[] = [];

  constructor(
    private readonly parent: HeldDirectory,
    private readonly newName: () => string,
  ) {}

  begin(name: string): void {
    this.enter(this.parent, name);
  }

  /** False when there is nothing left to remove. */
  step(): boolean {
    const level = this.levels.at(-1);
    if (!level) return false;
    const name = level.next();
    if (name === undefined) this.leave();
    else this.remove(level.directory, name);
    return true;
  }

  dispose(): void {
    for (const level of this.levels.splice(0)) level.dispose();
  }

  private remove(directory: HeldDirectory, name: string): void {
    const entry = unlessGone(() => fs.lstatSync(directory.at(name)));
    if (!entry) return;
    if (!entry.isDirectory()) return void unlessGone(() => fs.unlinkSync(directory.at(name)));
    if (this.levels.length < MAX_DEPTH) return this.enter(directory, name);
    unlessGone(() => fs.renameSync(directory.at(name), this.parent.at(this.newName())));
  }

  private enter(directory: HeldDirectory, name: string): void {
    const entered = unlessGone(() => directory.enter(name));
    if (!entered) return;
    makePassable(entered);
    this.levels.push(new Level(entered, name));
  }

  private leave(): void {
    const level = this.levels.pop();
    if (!level) return;
    level.dispose();
    const above = this.levels.at(-1)?.directory ?? this.parent;
    try {
      unlessGone(() => fs.rmdirSync(above.at(level.name)));
    } catch (error) {
      // What was written, or not listed, meanwhile goes with the next attempt.
      if (errorCode(error) !== 'ENOTEMPTY') throw error;
    }
  }
}

/** Its owner may have taken every right from themselves; where we are not allowed to give it back, we need none. */
function makePassable(directory: HeldDirectory): void {
  try {
    fs.chmodSync(directory.self, OWNER_MAY_EVERYTHING);
  } catch (error) {
    if (errorCode(error) !== 'EPERM') throw error;
  }
}

function exists(parent: HeldDirectory, name: string): boolean {
  return unlessGone(() => fs.lstatSync(parent.at(name))) !== undefined;
}
