import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../infrastructure/data-directory';
import { tryLockFile } from '../kernel/file-lock';
import { Spending, type SpendingEntry, type SpendingSnapshot } from './spending';

/** Lines before they are drawn together: about 1 MiB, read in some milliseconds by the next leader. */
const MAX_LINES = 4_096;
const PRIVATE_MODE = 0o700;
const LOG_FILE = /^log-\d+\.jsonl$/;

const nano = z.number().int().min(0);
const tokens = z.number().int().min(0);
const usageSchema = z.object({
  inputTokens: tokens,
  outputTokens: tokens,
  cacheReadTokens: tokens,
  cacheWriteTokens: tokens,
  cacheWriteHourTokens: tokens,
});
const runningSchema = z.object({
  id: z.string(),
  at: z.number(),
  spender: z.object({
    sessionKey: z.string(),
    sessionId: z.string(),
    projectId: z.string(),
    userId: z.string(),
    purpose: z.enum(['session', 'suggestion']),
  }),
  model: z.string(),
  conversation: z.boolean(),
  nano,
});
const entrySchema: z.ZodType<SpendingEntry> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('reserved'), running: runningSchema }),
  z.object({ kind: z.literal('charged'), id: z.string(), nano, usage: usageSchema }),
  z.object({ kind: z.literal('released'), id: z.string() }),
]);
const amounts = z.array(z.tuple([z.string(), nano]));
const snapshotSchema: z.ZodType<SpendingSnapshot> = z.object({
  day: z.string(),
  total: nano,
  users: amounts,
  projects: amounts,
  sessions: z.array(
    z.tuple([z.string(), z.object({ model: z.string(), contextTokens: tokens, usage: usageSchema, nano })]),
  ),
  running: z.array(runningSchema),
});
const stateSchema = z.object({ generation: z.int().min(0), spending: snapshotSchema });

/**
 * `DATA_DIR/claude/usage`: a snapshot, and a line for everything since. One process writes; a leader that steps down does until it has
 * ended its last request. Lines survive the end of the process; of a power cut, those of the last moments may be missing, which is why
 * nothing is synced.
 */
export class SpendingJournal {
  private generation = 0;
  private lines = 0;
  private log: number | undefined;
  private lock: number | undefined;
  private closed = false;

  constructor(
    private readonly directory: string,
    private readonly onProblem: (error: unknown) => void,
  ) {}

  get isOwned(): boolean {
    return this.lock !== undefined;
  }

  /** True: nobody else writes any more. */
  tryOwn(): boolean {
    if (this.closed) return false;
    try {
      fs.mkdirSync(this.directory, { recursive: true, mode: PRIVATE_MODE });
    } catch (error) {
      this.onProblem(error);
    }
    this.lock ??= tryLockFile(path.join(this.directory, 'lock'));
    return this.isOwned;
  }

  /** What was written down so far. */
  load(): Spending {
    try {
      return this.read();
    } catch (error) {
      // The ledger in the database still has it: see SpendingElsewhere.
      this.onProblem(error);
      return new Spending();
    }
  }

  /** All of it anew. Whoever dies in the middle leaves the old files, or the new ones. */
  write(spending: Spending): void {
    if (!this.isOwned) return;
    try {
      this.drawTogether(spending);
    } catch (error) {
      this.onProblem(error);
    }
  }

  /** An entry that `spending` has applied. Never throws: on a full disk what is in memory counts. */
  append(entry: SpendingEntry, spending: Spending): void {
    if (this.log === undefined || this.lines >= MAX_LINES) return this.write(spending);
    try {
      fs.writeSync(this.log, `${JSON.stringify(entry)}\n`);
      this.lines++;
    } catch (error) {
      // Half a line may be in it: the next entry begins a new file.
      this.closeLog();
      this.onProblem(error);
    }
  }

  /** What comes later is not written down. */
  close(): void {
    this.closed = true;
    this.closeLog();
    if (this.lock !== undefined) fs.closeSync(this.lock);
    this.lock = undefined;
  }

  private read(): Spending {
    const state = stateSchema.safeParse(parse(readOr(this.stateFile, 'null')));
    this.generation = state.success ? state.data.generation : 0;
    const spending = new Spending(state.success ? state.data.spending : undefined);
    for (const line of readOr(this.logFile(this.generation), '').split('\n')) {
      const entry = entrySchema.safeParse(parse(line));
      // The last line is half a line when the process was killed in it.
      if (entry.success) spending.apply(entry.data);
    }
    return spending;
  }

  private drawTogether(spending: Spending): void {
    this.closeLog();
    const generation = this.generation + 1;
    const log = fs.openSync(this.logFile(generation), 'w', 0o600);
    try {
      writeFileAtomically(this.stateFile, JSON.stringify({ generation, spending: spending.snapshot() }));
    } catch (error) {
      fs.closeSync(log);
      throw error;
    }
    this.log = log;
    this.generation = generation;
    this.lines = 0;
    for (const name of fs.readdirSync(this.directory)) {
      if (LOG_FILE.test(name) && name !== path.basename(this.logFile(generation)))
        fs.rmSync(path.join(this.directory, name), { force: true });
    }
  }

  private closeLog(): void {
    if (this.log !== undefined) fs.closeSync(this.log);
    this.log = undefined;
  }

  private get stateFile(): string {
    return path.join(this.directory, 'state.json');
  }

  private logFile(generation: number): string {
    return path.join(this.directory, `log-${generation}.jsonl`);
  }
}

function readOr(file: string, otherwise: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return otherwise;
    throw error;
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
