import fs from 'node:fs';
import path from 'node:path';
import type { ExitStatus, SessionLabels, SizeMark } from '../wire/host-messages';
import { LedgerFile } from './ledger-file';
import { Landing } from './landing';
import { isOutput } from './segment-files';

/** What is remembered of a session on disk, besides its transcript. */
export interface SessionRecord {
  readonly sessionId: string;
  readonly epoch: string;
  /** Absent in records of an earlier build, whose sessions had one epoch only. */
  readonly epochNumber?: number;
  /** Of the keeper whose child the process is. */
  readonly incarnation: number;
  readonly createdAt: number;
  readonly cols: number;
  readonly rows: number;
  readonly transcriptBytes: number;
  readonly labels?: SessionLabels;
  /** Absent until the process runs. */
  readonly pid?: number;
  /** Its processes are being ended; a broker that restarts meanwhile goes on with it. */
  readonly terminating?: boolean;
  /** They are ended because nobody uses them. */
  readonly expired?: boolean;
  /** They are ended for now: another process will take their place. */
  readonly hibernated?: boolean;
  readonly exit?: ExitStatus;
  readonly endedAt?: number;
  /** The last one, once the session ended: its output may be compressed then. */
  readonly title?: string;
}

const RECORD = 'session.json';
const SIZES = 'sizes';
const INPUT = 'input';
const LANDING = 'landing';
/** Older sizes only matter for output that is no longer held; a resize storm must not grow without bound. */
const MAX_SIZE_MARKS = 4096;

const EPOCH_DIRECTORY = /^epoch-([1-9]\d{0,14})$/;
/** A session that is being removed; no id is encoded with a dot. */
const REMOVED_SUFFIX = '.removed';

/**
 * One epoch's directory: record, sizes, input ledger, transcript. The first epoch's is the session's own; the later ones'
 * are in it. The newest one with a record is the session: writing that record is what replaces an epoch.
 */
export class SessionFiles {
  readonly directory: string;
  private readonly sessionDirectory: string;

  constructor(
    sessionsDirectory: string,
    readonly sessionId: string,
    readonly epochNumber = 1,
  ) {
    this.sessionDirectory = path.join(sessionsDirectory, directoryName(sessionId));
    this.directory =
      epochNumber === 1 ? this.sessionDirectory : path.join(this.sessionDirectory, `epoch-${epochNumber}`);
  }

  /** The sessions that are there. A directory in which nothing was finished is removed. */
  static list(sessionsDirectory: string): string[] {
    return fs.readdirSync(sessionsDirectory).flatMap((name) => {
      const directory = path.join(sessionsDirectory, name);
      const epochs = epochDirectories(directory);
      const record = [...epochs.values()].map(readRecord).find((found) => found !== undefined);
      const isGarbage = name.endsWith(REMOVED_SUFFIX) || (!record && ![...epochs.values()].some(holdsOutput));
      if (isGarbage) fs.rmSync(directory, { recursive: true, force: true });
      return (!isGarbage && record?.sessionId) || [];
    });
  }

  /** The numbers of a session's epochs, oldest first: those that have a record. */
  static epochNumbers(sessionsDirectory: string, sessionId: string): number[] {
    const directories = epochDirectories(path.join(sessionsDirectory, directoryName(sessionId)));
    return [...directories].filter(([, directory]) => readRecord(directory)).map(([epochNumber]) => epochNumber);
  }

  /** For the process that follows: higher than every number that was in use. */
  static nextEpochNumber(sessionsDirectory: string, sessionId: string): number {
    const directories = epochDirectories(path.join(sessionsDirectory, directoryName(sessionId)));
    const newest = [...directories].findLast(([, directory]) => readRecord(directory) ?? holdsOutput(directory));
    return (newest?.[0] ?? 0) + 1;
  }

  /** Makes the directory of a new epoch, its record last; throws when the disk is full. */
  create(record: SessionRecord): void {
    // What a host that died on the way left behind belongs to no epoch.
    if (this.epochNumber === 1) this.removeSession();
    else this.remove();
    fs.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    LedgerFile.create(this.inputFile);
    Landing.create(this.landingFile);
    this.writeSizes([{ offset: 0, cols: record.cols, rows: record.rows }]);
    this.write(record);
  }

  get inputFile(): string {
    return path.join(this.directory, INPUT);
  }

  get landingFile(): string {
    return path.join(this.directory, LANDING);
  }

  /** Of no use once the process ended. */
  removeLanding(): void {
    fs.rmSync(this.landingFile, { force: true });
  }

  read(): SessionRecord | undefined {
    return readRecord(this.directory);
  }

  write(record: SessionRecord): void {
    const file = path.join(this.directory, RECORD);
    fs.writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
    fs.renameSync(`${file}.new`, file);
  }

  readSizes(): SizeMark[] {
    const file = path.join(this.directory, SIZES);
    if (!fs.existsSync(file)) return [];
    return fs
      .readFileSync(file, 'latin1')
      .split('\n')
      .map((line) => line.split(' ').map(Number))
      .filter((fields): fields is [number, number, number] => fields.length === 3 && fields.every(Number.isSafeInteger))
      .map(([offset, cols, rows]) => ({ offset, cols, rows }))
      .slice(-MAX_SIZE_MARKS);
  }

  /** Appends to `sizes` in memory, then on disk; rewrites the file when half of it is of no use any more. */
  addSize(sizes: SizeMark[], mark: SizeMark): void {
    sizes.push(mark);
    if (sizes.length > MAX_SIZE_MARKS) {
      sizes.splice(0, sizes.length - MAX_SIZE_MARKS / 2);
      this.writeSizes(sizes);
    } else {
      fs.appendFileSync(path.join(this.directory, SIZES), line(mark), { mode: 0o600 });
    }
  }

  writeSizes(sizes: readonly SizeMark[]): void {
    const file = path.join(this.directory, SIZES);
    fs.writeFileSync(`${file}.new`, sizes.map(line).join(''), { mode: 0o600 });
    fs.renameSync(`${file}.new`, file);
  }

  /** Removes this epoch; the others of the session stay. */
  remove(): void {
    // Without a record it is no epoch any more, wherever this ends.
    fs.rmSync(path.join(this.directory, RECORD), { force: true });
    if (this.epochNumber > 1) return fs.rmSync(this.directory, { recursive: true, force: true });
    for (const entry of readEntries(this.directory))
      if (!entry.isDirectory()) fs.rmSync(path.join(this.directory, entry.name), { force: true });
    if (readEntries(this.directory).length === 0) fs.rmSync(this.directory, { recursive: true, force: true });
  }

  /** Removes all epochs at once: no older one shows up again when this process ends on the way. */
  removeSession(): void {
    const removed = this.sessionDirectory + REMOVED_SUFFIX;
    fs.rmSync(removed, { recursive: true, force: true });
    if (fs.existsSync(this.sessionDirectory)) fs.renameSync(this.sessionDirectory, removed);
    fs.rmSync(removed, { recursive: true, force: true });
  }
}

function line({ offset, cols, rows }: SizeMark): string {
  return `${offset} ${cols} ${rows}\n`;
}

/** Session ids come from clients of the gateway: they never become a path as they are. */
function directoryName(sessionId: string): string {
  return Buffer.from(sessionId).toString('base64url');
}

/** Where the epochs of a session are, oldest first. */
function epochDirectories(sessionDirectory: string): Map<number, string> {
  const later = readEntries(sessionDirectory).flatMap((entry): [number, string][] => {
    const epochNumber = Number(EPOCH_DIRECTORY.exec(entry.name)?.[1]);
    return epochNumber > 1 ? [[epochNumber, path.join(sessionDirectory, entry.name)]] : [];
  });
  return new Map([[1, sessionDirectory], ...later.sort(([a], [b]) => a - b)]);
}

function readEntries(directory: string): fs.Dirent[] {
  return fs.existsSync(directory) ? fs.readdirSync(directory, { withFileTypes: true }) : [];
}

function holdsOutput(directory: string): boolean {
  return readEntries(directory).some(({ name }) => isOutput(name));
}

function readRecord(directory: string): SessionRecord | undefined {
  try {
    return JSON.parse(fs.readFileSync(path.join(directory, RECORD), 'utf8')) as SessionRecord;
  } catch {
    return undefined;
  }
}
