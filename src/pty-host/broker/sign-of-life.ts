import fs from 'node:fs';

/** How exactly the time of a host's death is known; one system call each time. */
const INTERVAL_MS = 5_000;

/** A file whose time of change says when this host was last known to be alive: whoever comes after a crash can tell. */
export class SignOfLife {
  /** Unix milliseconds of the last sign of the host before this one, or now when there is none. */
  readonly previous: number;

  constructor(private readonly file: string) {
    this.previous = fs.existsSync(file) ? Math.min(fs.statSync(file).mtimeMs, Date.now()) : Date.now();
  }

  start(): void {
    this.give();
    setInterval(() => this.give(), INTERVAL_MS).unref();
  }

  private give(): void {
    const now = new Date();
    try {
      fs.closeSync(fs.openSync(this.file, 'a', 0o600));
      fs.utimesSync(this.file, now, now);
    } catch {
      // A full disk: the time of death is known less exactly.
    }
  }
}
