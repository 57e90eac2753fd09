import fs from 'node:fs';
import path from 'node:path';

const RAW = '.out';
const COLD = '.gz';
const TIMES = '.times';
const TEMPORARY = '.new';
const SEALS = 'seals';
const NAME_DIGITS = 16;

/** What is there of one segment. */
export interface FoundSegment {
  readonly start: number;
  readonly raw: boolean;
  readonly cold: boolean;
}

/** Names of the files of one transcript, which has a directory of its own or shares it with files of other names. */
export class SegmentFiles {
  constructor(private readonly directory: string) {}

  get seals(): string {
    return path.join(this.directory, SEALS);
  }

  raw(start: number): string {
    return this.file(start, RAW);
  }

  cold(start: number): string {
    return this.file(start, COLD);
  }

  times(start: number): string {
    return this.file(start, TIMES);
  }

  /** What a compression writes until it is whole. */
  temporary(start: number): string {
    return this.file(start, COLD + TEMPORARY);
  }

  /** In order. A compression that was not finished is undone: while there is a raw file, it counts. */
  list(): FoundSegment[] {
    const raw = new Set<number>();
    const cold = new Set<number>();
    for (const name of fs.readdirSync(this.directory)) {
      if (name.endsWith(RAW)) raw.add(startIn(name, RAW));
      else if (name.endsWith(COLD)) cold.add(startIn(name, COLD));
      else if (name.endsWith(COLD + TEMPORARY)) fs.rmSync(path.join(this.directory, name), { force: true });
    }
    for (const start of raw) if (cold.delete(start)) fs.rmSync(this.cold(start), { force: true });
    return [...raw, ...cold]
      .sort((a, b) => a - b)
      .map((start) => ({ start, raw: raw.has(start), cold: cold.has(start) }));
  }

  remove(start: number): void {
    for (const file of [this.raw(start), this.cold(start), this.times(start)]) fs.rmSync(file, { force: true });
  }

  private file(start: number, suffix: string): string {
    return path.join(this.directory, String(start).padStart(NAME_DIGITS, '0') + suffix);
  }
}

/** Whether a file of this name holds output. */
export function isOutput(name: string): boolean {
  return name.endsWith(RAW) || name.endsWith(COLD);
}

function startIn(name: string, suffix: string): number {
  return Number(name.slice(0, -suffix.length));
}
