import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../data-directory';

const seenSchema = z.object({ database: z.string(), migration: z.string() });

/**
 * `DATA_DIR/database.json`: which database this installation served from, and the last migration it saw applied there. It
 * tells a database that is away from one that was never there.
 */
export class SeenDatabase {
  private readonly file: string;

  constructor(
    dataDir: string,
    private readonly url: string,
  ) {
    this.file = path.join(dataDir, 'database.json');
  }

  /** The last migration; undefined = this database was never seen. */
  get migration(): string | undefined {
    const seen = seenSchema.safeParse(this.read());
    return seen.success && seen.data.database === fingerprint(this.url) ? seen.data.migration : undefined;
  }

  note(migration: string): void {
    if (this.migration === migration) return;
    writeFileAtomically(this.file, `${JSON.stringify({ database: fingerprint(this.url), migration })}\n`);
  }

  private read(): unknown {
    try {
      return JSON.parse(fs.readFileSync(this.file, 'utf8'));
    } catch {
      // Absent, or not ours: then nothing was seen.
      return undefined;
    }
  }
}

/** Server and database, without user and password: those may change. */
function fingerprint(url: string): string {
  const { host, pathname, searchParams } = new URL(url);
  return createHash('sha256')
    .update(JSON.stringify([host, searchParams.get('host'), searchParams.get('port'), pathname]))
    .digest('hex')
    .slice(0, 16);
}
