import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../../test/support/eventually';
import { monotonicMs } from '../client/messages';
import { sum, type Measured } from '../result';
import { Rig, startServer } from '../rig';
import { PATIENCE_MS, PROCESS_DEATH, type Row, type RowContext } from '../row';

const SMALL = '24m';
const LARGE = '512m';
/** Less than one write of the flooding terminal. */
const FULL_BELOW_BYTES = 64 * 1024;
const FULL_FOR_MS = 3_000;

/** A file system with little room, for the PTY host's directory. */
class SmallDisk {
  directory = '';

  readonly mount = (dataDir: string): (() => void) => {
    this.directory = path.join(dataDir, 'host');
    fs.mkdirSync(this.directory, { mode: 0o700 });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL},mode=0700`, 'tmpfs', this.directory]);
    return () => execFileSync('umount', [this.directory]);
  };

  grow(): void {
    execFileSync('mount', ['-o', `remount,size=${LARGE}`, this.directory]);
  }

  async filled(): Promise<void> {
    await eventually(() => {
      const { bavail, bsize } = fs.statfsSync(this.directory);
      if (bavail * bsize > FULL_BELOW_BYTES) throw new Error(`${bavail * bsize} bytes are free`);
    }, PATIENCE_MS);
  }
}

/** A flooding terminal fills the disk, beside one in which somebody types; then there is room again. */
async function fillDisk(context: RowContext): Promise<Measured> {
  const parts: Partial<Measured>[] = [];
  for (let run = 1; run <= context.runs; run++) {
    const disk = new SmallDisk();
    const server = await context.hold(startServer({}, { prepare: disk.mount }));
    const typing = await context.hold(Rig.start({ server }));
    const from = monotonicMs();
    const flooding = await context.hold(Rig.start({ server, load: 'flood' }));
    await disk.filled();
    await sleep(context.short ? 0 : FULL_FOR_MS);
    await typing.serves();
    parts.push({ runs: 1, pausesMs: [await typing.pauseSince(from)] });
    disk.grow();
    await flooding.serves();
    parts.push(await flooding.verify(), await typing.verify());
    context.say(`${run}/${context.runs}`);
  }
  return sum(parts);
}

export const diskFull: Row = {
  name: 'disk-full',
  title: 'disk full for 3 s while another terminal floods',
  runs: { short: 1, full: 3 },
  target: PROCESS_DEATH,
  note: 'the pause is that of the terminal in which somebody types; the flooding one waits until there is room again',
  unavailable: () => (process.getuid?.() === 0 ? undefined : 'mounting a small file system needs root'),
  run: fillDisk,
};
