import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './root';

const SOURCE = path.join(ROOT, 'test/support/programs/shifted-clock.c');
const COMPILER = 'cc';

/** A wall clock that can be set for the processes that are started with `env`, and for nobody else. */
export class ShiftedClock {
  readonly env: Readonly<Record<string, string>>;
  private readonly directory = fs.mkdtempSync('/tmp/hf-clock-');
  private readonly file = path.join(this.directory, 'offset');

  constructor() {
    const library = path.join(this.directory, 'shifted-clock.so');
    execFileSync(COMPILER, ['-shared', '-fPIC', '-O2', '-Wall', '-o', library, SOURCE, '-ldl']);
    this.env = { LD_PRELOAD: library, CLOCK_OFFSET_FILE: this.file };
    this.shift(0);
  }

  /** Why there can be none here. */
  static unavailable(): string | undefined {
    if (process.platform !== 'linux') return 'LD_PRELOAD is of Linux';
    const { error } = spawnSync(COMPILER, ['--version'], { stdio: 'ignore' });
    return error ? `there is no C compiler (${COMPILER})` : undefined;
  }

  /** From now on, so many seconds from the real time. Written in place: the processes have the file mapped. */
  shift(seconds: number): void {
    const offset = Buffer.alloc(8);
    offset.writeBigInt64LE(BigInt(seconds));
    const fd = fs.openSync(this.file, fs.constants.O_WRONLY | fs.constants.O_CREAT);
    fs.writeSync(fd, offset, 0, offset.length, 0);
    fs.closeSync(fd);
  }

  stop(): void {
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}
