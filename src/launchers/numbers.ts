import fs from 'node:fs';
import path from 'node:path';
import { errorCode } from '../infrastructure/startup-error';

/** Ids below are ours; beyond begin those that container managers hand out. */
const MAX_NUMBERS = 250_000;

/**
 * Gives each name a number of its own, once and for ever. Files keep the number of their owner, so it lives beside them, in
 * directories of links: `names/{name}` → number, `numbers/{number}` → name. Making a link either succeeds or says that it is taken,
 * so several processes need no lock; one that dies in between leaves a number that nobody has.
 */
export class Numbers {
  private readonly names: string;
  private readonly numbers: string;
  private readonly known = new Map<string, number>();

  constructor(directory: string) {
    this.names = path.join(directory, 'names');
    this.numbers = path.join(directory, 'numbers');
    for (const each of [this.names, this.numbers]) fs.mkdirSync(each, { recursive: true, mode: 0o700 });
  }

  /** `name` is a file name. */
  of(name: string): number {
    const number = this.known.get(name) ?? this.read(name) ?? this.take(name);
    this.known.set(name, number);
    return number;
  }

  private read(name: string): number | undefined {
    try {
      return Number(fs.readlinkSync(path.join(this.names, name)));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  private take(name: string): number {
    for (let number = fs.readdirSync(this.numbers).length + 1; number <= MAX_NUMBERS; number++) {
      const claim = path.join(this.numbers, String(number));
      if (!link(name, claim)) continue;
      if (link(String(number), path.join(this.names, name))) return number;
      // Another process was quicker for the same name.
      fs.unlinkSync(claim);
      return this.read(name) as number;
    }
    throw new Error(`All ${MAX_NUMBERS} system ids in ${this.numbers} are given.`);
  }
}

function link(target: string, file: string): boolean {
  try {
    fs.symlinkSync(target, file);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}
