import fs from 'node:fs';
import path from 'node:path';

export interface Position {
  readonly segment: number;
  readonly offset: number;
}

/**
 * How far a directory is drained. It only saves work – what is applied twice changes nothing – so it is neither synced nor
 * missed.
 */
export class Cursor {
  private readonly file: string;
  /** Where an earlier life had come to. */
  readonly start: Position;

  constructor(directory: string) {
    this.file = path.join(directory, 'cursor');
    this.start = read(this.file);
  }

  move(position: Position): void {
    const temporary = `${this.file}.new`;
    try {
      fs.writeFileSync(temporary, JSON.stringify(position), { mode: 0o600 });
      fs.renameSync(temporary, this.file);
    } catch {
      // The disk is full: what is drained already is drained again by whoever reads this directory next.
    }
  }
}

function read(file: string): Position {
  try {
    const { segment, offset } = JSON.parse(fs.readFileSync(file, 'utf8')) as Position;
    if (Number.isSafeInteger(segment) && Number.isSafeInteger(offset) && segment >= 0) return { segment, offset };
  } catch {
    // None, or half of one after a power cut.
  }
  return { segment: 0, offset: 0 };
}
