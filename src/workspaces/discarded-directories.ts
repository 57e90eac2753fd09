import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import type { HeldDirectory } from './held-directory';
import type { NamedDirectories } from './named-directories';
import { type Pace, TurnPace } from './pace';
import { removeTree } from './remove-tree';

/** What nobody can reach any more and is being removed: DATA_DIR/removed. */
export class DiscardedDirectories {
  private running: Promise<void> | undefined;

  constructor(
    private readonly place: NamedDirectories,
    private readonly newPace: () => Pace = () => new TurnPace(),
  ) {}

  /** At once out of reach, with whatever it holds. Its files go with the next `run`. */
  take(from: NamedDirectories, name: string): boolean {
    const place = this.place.open();
    try {
      return from.move(name, place.at(randomUUID()));
    } finally {
      place.dispose();
    }
  }

  /** Removes what is there, also what an earlier process left. Who calls meanwhile shares the run. */
  run(): Promise<void> {
    this.running ??= this.removeAll().finally(() => (this.running = undefined));
    return this.running;
  }

  private async removeAll(): Promise<void> {
    const place = this.place.open();
    try {
      let names = fs.readdirSync(place.self);
      const left = new Set<string>();
      while (names.length > 0) {
        for (const name of names) if (!(await this.remove(place, name))) left.add(name);
        // Deep trees come in parts, which appear here.
        names = fs.readdirSync(place.self).filter((name) => !left.has(name));
      }
    } finally {
      place.dispose();
    }
  }

  private async remove(place: HeldDirectory, name: string): Promise<boolean> {
    if (fs.lstatSync(place.at(name), { throwIfNoEntry: false })?.isDirectory() === false) {
      fs.rmSync(place.at(name), { force: true });
      return true;
    }
    return removeTree(place, name, this.newPace(), randomUUID);
  }
}
