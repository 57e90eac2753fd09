import fs from 'node:fs';
import path from 'node:path';
import type { ExitStatus, SessionLabels, SizeMark } from '../wire/host-messages';
import { InputLedger } from './input-ledger';
import { Landing } from './landing';
import { SEGMENT_SUFFIX } from './transcript';

/** What is remembered of a session on disk, besides its transcript. */
export interface SessionRecord {
  readonly sessionId: string;
  readonly epoch: string;
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
  readonly exit?: ExitStatus;
}

const RECORD = 'session.json';
const SIZES = 'sizes';
const INPUT = 'input';
const LANDING = 'landing';
/** Older sizes only matter for output that is no longer held; a resize storm must not grow without bound. */
const MAX_SIZE_MARKS = 4096;

/** One session's directory: record, sizes, input ledger, transcript. */
export class SessionFiles {
  readonly directory: string;

  constructor(
    sessionsDirectory: string,
    readonly sessionId: string,
  ) {
    this.directory = path.join(sessionsDirectory, directoryName(sessionId));
  }

  /** The sessions that are there. A directory in which nothing was finished is removed. */
  static list(sessionsDirectory: string): string[] {
    return fs.readdirSync(sessionsDirectory).flatMap((name) => {
      const directory = path.join(sessionsDirectory, name);
      const record = readRecord(directory);
      if (!record && !holdsOutput(directory)) fs.rmSync(directory, { recursive: true, force: true });
      return record?.sessionId ?? [];
    });
  }

  /** Makes the directory of a new session; throws when the disk is full. */
  create(record: SessionRecord): void {
    // What a host that died on the way left behind belongs to no epoch.
    this.remove();
    fs.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    InputLedger.create(this.inputFile);
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

  remove(): void {
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}

function line({ offset, cols, rows }: SizeMark): string {
  return `${offset} ${cols} ${rows}\n`;
}

/** Session ids come from clients of the gateway: they never become a path as they are. */
function directoryName(sessionId: string): string {
  return Buffer.from(sessionId).toString('base64url');
}

function holdsOutput(directory: string): boolean {
  return fs.readdirSync(directory).some((name) => name.endsWith(SEGMENT_SUFFIX));
}

function readRecord(directory: string): SessionRecord | undefined {
  try {
    return JSON.parse(fs.readFileSync(path.join(directory, RECORD), 'utf8')) as SessionRecord;
  } catch {
    return undefined;
  }
}
