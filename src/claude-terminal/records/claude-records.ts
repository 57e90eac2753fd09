import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIG, type Config } from '../../../config/environment';
import { BoundedMap } from '../../infrastructure/cache/bounded-map';
import { tryLockFile } from '../../kernel/file-lock';
import { type ClaudeRecord, parseClaudeRecord } from './claude-record';

/** Records that are kept parsed. A record that asks for much is a megabyte. */
const MAX_PARSED = 500;
/** Whoever holds the lock reads and writes one small file. */
const LOCK_POLL_MS = 2;
/** Then its holder hangs. */
const LOCK_PATIENCE_MS = 5_000;
const SUFFIX = '.json';

interface Parsed {
  /** Of the file it was read from: a record that was written anew is another file. */
  readonly stamp: string;
  readonly record: ClaudeRecord | undefined;
}

/** The records of this machine's Claude sessions, one file each. Several gateway processes read and write them. */
@Injectable()
export class ClaudeRecords {
  private readonly log = new Logger(ClaudeRecords.name);
  private readonly directory: string;
  private readonly parsed = new BoundedMap<string, Parsed>(MAX_PARSED);
  /** Changes by this process, in the order in which they were asked for. */
  private changes: Promise<unknown> = Promise.resolve();

  constructor(@Inject(CONFIG) { dataDir }: Pick<Config, 'dataDir'>) {
    this.directory = path.join(dataDir, 'claude', 'records');
  }

  read(key: string): ClaudeRecord | undefined {
    return this.load(this.fileOf(key));
  }

  all(): ClaudeRecord[] {
    const names = this.names().filter((name) => name.endsWith(SUFFIX));
    return names.flatMap((name) => this.load(path.join(this.directory, name)) ?? []);
  }

  /**
   * Reads, changes and writes it while nobody else does. `change` gets what there is, and answers what there is to be: the same, or
   * undefined, when nothing changes. Resolves with the record as it is then.
   */
  update(
    key: string,
    change: (record: ClaudeRecord | undefined) => ClaudeRecord | undefined,
  ): Promise<ClaudeRecord | undefined> {
    return this.inTurn(() => {
      const before = this.read(key);
      const after = change(before);
      if (after === undefined || after === before) return before;
      this.write(this.fileOf(key), after, before?.conversation.id !== after.conversation.id);
      return after;
    });
  }

  async remove(key: string): Promise<void> {
    await this.inTurn(() => fs.rmSync(this.fileOf(key), { force: true }));
  }

  private inTurn<T>(work: () => T): Promise<T> {
    const done = this.changes.then(() => this.locked(work));
    this.changes = done.catch(() => undefined);
    return done;
  }

  private async locked<T>(work: () => T): Promise<T> {
    fs.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    const file = path.join(this.directory, 'lock');
    const deadline = performance.now() + LOCK_PATIENCE_MS;
    for (;;) {
      const lock = tryLockFile(file);
      if (lock !== undefined) {
        try {
          return work();
        } finally {
          fs.closeSync(lock);
        }
      }
      if (performance.now() > deadline) throw new Error(`Another process does not let go of ${file}.`);
      await sleep(LOCK_POLL_MS);
    }
  }

  private load(file: string): ClaudeRecord | undefined {
    const stat = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
    if (!stat) return undefined;
    const stamp = `${stat.ino}:${stat.mtimeNs}:${stat.size}`;
    const known = this.parsed.get(file);
    if (known?.stamp === stamp) return known.record;
    const record = readRecord(file);
    if (!record) this.log.error(`${file} is not a record of this version; its session is not known.`);
    this.parsed.set(file, { stamp, record });
    return record;
  }

  /** A reader sees the old one or the new one. Only what cannot be found out again has to survive a power cut. */
  private write(file: string, record: ClaudeRecord, flush: boolean): void {
    const temporary = `${file}.new`;
    fs.writeFileSync(temporary, JSON.stringify(record), { mode: 0o600, flush });
    fs.renameSync(temporary, file);
  }

  private names(): string[] {
    try {
      return fs.readdirSync(this.directory);
    } catch {
      return [];
    }
  }

  /** A project's id may be anything. */
  private fileOf(key: string): string {
    return path.join(this.directory, createHash('sha256').update(key).digest('hex') + SUFFIX);
  }
}

function readRecord(file: string): ClaudeRecord | undefined {
  try {
    return parseClaudeRecord(fs.readFileSync(file, 'utf8'));
  } catch {
    // Removed between two looks.
    return undefined;
  }
}
