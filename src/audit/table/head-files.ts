import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../../infrastructure/data-directory';
import { isStreamName, type StreamHead } from '../chain/audit-record';

const headSchema = z.object({
  stream: z.string().refine(isStreamName),
  seq: z.number().int().positive(),
  mac: z.string(),
});
const SUFFIX = '.json';

/** `DATA_DIR/audit/heads`: how far each stream was seen to go in the database – where nobody gets who only gets into the database. */
export class HeadFiles {
  constructor(private readonly directory: string) {}

  static in(dataDir: string): HeadFiles {
    return new HeadFiles(path.join(dataDir, 'audit', 'heads'));
  }

  /** Those that were raised since then (Unix milliseconds). */
  readAll(since = 0): StreamHead[] {
    return this.list().flatMap(({ file, modifiedAt }) => (modifiedAt >= since ? (this.read(file) ?? []) : []));
  }

  /** Never lowers one. */
  raise(head: StreamHead): void {
    // What comes from the database may have been written there by anybody.
    if (!isStreamName(head.stream)) return;
    const file = path.join(this.directory, head.stream + SUFFIX);
    if ((this.read(file)?.seq ?? 0) >= head.seq) return;
    fs.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    writeFileAtomically(file, `${JSON.stringify(head)}\n`);
  }

  /** Of streams that nothing was added to since. */
  removeOlderThan(time: number): void {
    for (const { file, modifiedAt } of this.list()) if (modifiedAt < time) fs.rmSync(file, { force: true });
  }

  private list(): { readonly file: string; readonly modifiedAt: number }[] {
    if (!fs.existsSync(this.directory)) return [];
    const names = fs.readdirSync(this.directory).filter((name) => name.endsWith(SUFFIX));
    return names.flatMap((name) => {
      const file = path.join(this.directory, name);
      const modifiedAt = fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs;
      return modifiedAt === undefined ? [] : [{ file, modifiedAt }];
    });
  }

  private read(file: string): StreamHead | undefined {
    try {
      return headSchema.safeParse(JSON.parse(fs.readFileSync(file, 'utf8'))).data;
    } catch {
      return undefined;
    }
  }
}
