import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { errorCode } from '../infrastructure/startup-error';
import { HeldDirectory } from './held-directory';

/** As many as lost the race hundreds of times where a path was checked first and opened afterwards. */
const RACES = 20_000;
/** Puts a link to elsewhere in the place of a directory and takes it away again, as often as it can. */
const RENAMER = `
  const fs = require('node:fs');
  const [, root] = process.argv;
  process.stdout.write('ready');
  for (;;) {
    fs.renameSync(root + '/dir', root + '/aside');
    fs.renameSync(root + '/link', root + '/dir');
    fs.renameSync(root + '/dir', root + '/link');
    fs.renameSync(root + '/aside', root + '/dir');
  }`;

describe('HeldDirectory', () => {
  let root: string;
  let held: HeldDirectory;

  beforeEach(() => {
    root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'held-')));
    held = HeldDirectory.open(root);
  });
  afterEach(() => {
    held.dispose();
    fs.rmSync(root, { recursive: true, force: true });
  });

  it('enters what is a directory, and knows where it is', () => {
    fs.mkdirSync(path.join(root, 'inner'));
    const inner = held.enter('inner');
    expect(inner.path).toBe(path.join(root, 'inner'));
    fs.renameSync(path.join(root, 'inner'), path.join(root, 'renamed'));
    expect(inner.path).toBe(path.join(root, 'renamed'));
    inner.dispose();
  });

  it.each(['..', '.', '', 'a/b', '/etc', 'a\0b'])('has nothing of the name %j', (name) => {
    expect(() => held.at(name)).toThrow('not the name of something');
  });

  it('does not follow links, to whatever they lead', () => {
    fs.symlinkSync('/etc', path.join(root, 'link'));
    fs.symlinkSync('nowhere', path.join(root, 'dangling'));
    fs.writeFileSync(path.join(root, 'file'), '');
    for (const name of ['link', 'dangling', 'file']) expect(() => held.enter(name)).toThrow('ENOTDIR');
    expect(() => HeldDirectory.open(path.join(root, 'link'))).toThrow('ENOTDIR');
  });

  it('finds names that are no text', () => {
    const name = Buffer.from([0x66, 0xff, 0xfe]);
    fs.mkdirSync(Buffer.concat([Buffer.from(`${root}/`), name]));
    held.enter(name.toString('latin1')).dispose();
  });

  it('never ends up elsewhere while somebody swaps a directory with a link', async () => {
    const elsewhere = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'elsewhere-')));
    fs.mkdirSync(path.join(root, 'dir'));
    fs.symlinkSync(elsewhere, path.join(root, 'link'));
    const renamer = await startRenamer(root);
    const seen = { inside: 0, refused: 0 };
    const unexpected: string[] = [];
    try {
      for (let race = 0; race < RACES; race++) {
        try {
          const entered = held.enter('dir');
          if (fs.statSync(entered.self).ino === fs.statSync(elsewhere).ino) unexpected.push(entered.path);
          entered.dispose();
          seen.inside++;
        } catch (error) {
          if (!['ENOTDIR', 'ENOENT'].includes(errorCode(error) ?? '')) throw error;
          seen.refused++;
        }
      }
    } finally {
      await stop(renamer);
      fs.rmSync(elsewhere, { recursive: true });
    }
    expect(unexpected).toEqual([]);
    // Otherwise nobody raced.
    expect(seen.inside).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(0);
  });
});

async function startRenamer(root: string): Promise<ChildProcess> {
  const renamer = spawn(process.execPath, ['-e', RENAMER, root], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => renamer.stdout.once('data', resolve));
  return renamer;
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
