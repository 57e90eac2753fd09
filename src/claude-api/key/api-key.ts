import fs from 'node:fs';
import type { Clock } from '../../kernel/clock';

export interface ApiKeySource {
  readonly key?: string;
  readonly file?: string;
}

/** How often a file is looked at: a new key is in use a second after it was written. */
const LOOK_MS = 1_000;
/** A key has about a hundred characters. */
const MAX_FILE_BYTES = 4_096;
/** What may stand in a header. */
const KEY = /^[\x21-\x7e]+$/;

/** The key of the API, which no session ever sees. From a file it can be replaced while the server runs. */
export class ApiKey {
  private fromFile: string | undefined;
  private version = '';
  private lookedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly source: ApiKeySource,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {}

  /** Undefined: there is none, or its file cannot be read. */
  current(): string | undefined {
    const { key, file } = this.source;
    if (file === undefined) return key;
    const now = this.clock.monotonic();
    if (now - this.lookedAt >= LOOK_MS) {
      this.lookedAt = now;
      this.read(file);
    }
    return this.fromFile;
  }

  private read(file: string): void {
    try {
      const { size, mtimeMs, ino } = fs.statSync(file);
      const version = `${ino}:${size}:${mtimeMs}`;
      if (version === this.version) return;
      if (size > MAX_FILE_BYTES) throw new Error('too long');
      const text = fs.readFileSync(file, 'utf8').trim();
      this.fromFile = KEY.test(text) ? text : undefined;
      this.version = version;
    } catch {
      this.fromFile = undefined;
      this.version = '';
    }
  }
}
