import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Clock } from '../kernel/clock';

const revocationSchema = z.object({ kind: z.enum(['login', 'user']), id: z.string(), at: z.number() });

/** Unix milliseconds. */
export type Revocation = z.output<typeof revocationSchema>;

const SUFFIX = '.log';
/** A hundred thousand revocations within two lives of an access token; then the database alone remembers. */
const MAX_FILE_BYTES = 10 * 1024 * 1024;

/**
 * The revocations of the last life of an access token, on disk: a process that starts without its database still refuses
 * tokens that were taken back. One file for each such life and appends only, so that the processes of this node share them
 * and old ones go as a whole.
 */
export class RevocationFiles {
  constructor(
    private readonly directory: string,
    private readonly tokenLifeMs: number,
    private readonly clock: Clock,
  ) {}

  append(revocation: Revocation): void {
    const file = path.join(this.directory, `${this.period}${SUFFIX}`);
    try {
      fs.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
      const bytes = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      if (bytes < MAX_FILE_BYTES) fs.appendFileSync(file, `${JSON.stringify(revocation)}\n`, { mode: 0o600 });
    } catch {
      // A full disk: the database has it, and this process remembers it.
    }
  }

  /** Those that a living token can still be about; removes the files of earlier ones. */
  read(): Revocation[] {
    const found: Revocation[] = [];
    for (const name of this.names()) {
      const file = path.join(this.directory, name);
      // What was revoked in the period before this one may have been issued just before.
      if (Number(path.basename(name, SUFFIX)) < this.period - 1) fs.rmSync(file, { force: true });
      else found.push(...parse(fs.readFileSync(file, 'utf8')));
    }
    const oldest = this.clock.now() - this.tokenLifeMs;
    return found.filter(({ at }) => at >= oldest);
  }

  private get period(): number {
    return Math.floor(this.clock.now() / this.tokenLifeMs);
  }

  private names(): string[] {
    if (!fs.existsSync(this.directory)) return [];
    return fs.readdirSync(this.directory).filter((name) => /^\d+\.log$/.test(name));
  }
}

/** A crash may have torn the last line. */
function parse(text: string): Revocation[] {
  return text.split('\n').flatMap((line) => {
    try {
      const parsed = revocationSchema.safeParse(JSON.parse(line));
      return parsed.success ? [parsed.data] : [];
    } catch {
      return [];
    }
  });
}
