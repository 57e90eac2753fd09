import fs from 'node:fs';
import { crc32 } from 'node:zlib';

/** What a segment was when it was sealed. */
export interface Seal {
  readonly start: number;
  readonly size: number;
  readonly crc: number;
  /** Unix milliseconds. */
  readonly filledAt: number;
}

/** Lines of segments that are gone are removed when there are so many in all: about 64 KiB. */
const MAX_LINES = 1024;

/** The file `seals` of a transcript: a line for each sealed segment. A line that is torn or damaged counts as absent. */
export class SealIndex {
  private lines = 0;

  constructor(private readonly file: string) {}

  read(): Map<number, Seal> {
    const text = fs.existsSync(this.file) ? fs.readFileSync(this.file, 'latin1') : '';
    const lines = text.split('\n');
    this.lines = lines.length;
    return new Map(lines.flatMap((line) => decode(line) ?? []).map((seal) => [seal.start, seal]));
  }

  /** `held`: every seal that still counts, this one included. Throws when the disk refuses. */
  add(seal: Seal, held: readonly Seal[]): void {
    if (this.lines < MAX_LINES) {
      // Behind a torn line a new one begins.
      fs.appendFileSync(this.file, `\n${encode(seal)}\n`, { mode: 0o600 });
      this.lines += 2;
      return;
    }
    fs.writeFileSync(`${this.file}.new`, held.map((each) => `${encode(each)}\n`).join(''), { mode: 0o600 });
    fs.renameSync(`${this.file}.new`, this.file);
    this.lines = held.length;
  }
}

function encode({ start, size, crc, filledAt }: Seal): string {
  const fields = `${start} ${size} ${crc} ${filledAt}`;
  return `${fields} ${crc32(fields)}`;
}

function decode(line: string): Seal | undefined {
  const fields = line.slice(0, line.lastIndexOf(' '));
  const numbers = line.split(' ').map(Number);
  if (numbers.length !== 5 || !numbers.every(Number.isSafeInteger) || crc32(fields) !== numbers[4]) return undefined;
  const [start, size, crc, filledAt] = numbers as [number, number, number, number, number];
  return { start, size, crc, filledAt };
}
