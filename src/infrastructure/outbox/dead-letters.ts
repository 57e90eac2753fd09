import fs from 'node:fs';
import path from 'node:path';
import { errorMessage } from '../startup-error';
import type { OutboxRecord } from './record';

/** Beyond it the file becomes `.old`, in the place of the one before: twice this much at most. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** Records that the database refuses for what they say, one line of JSON each, for somebody to look at. */
export class DeadLetters {
  readonly file: string;

  constructor(directory: string) {
    this.file = path.join(directory, 'dead-letters.jsonl');
  }

  add(record: OutboxRecord, error: unknown): void {
    const size = fs.statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
    if (size > MAX_FILE_BYTES) fs.renameSync(this.file, `${this.file}.old`);
    fs.appendFileSync(this.file, `${JSON.stringify({ error: errorMessage(error), record })}\n`, { mode: 0o600 });
  }
}
