import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { HeldDirectory } from './held-directory';
import { MAX_DEPTH, measureDirectory } from './measure-directory';
import type { Pace } from './pace';

const KIB = 1024;
const AT_ONCE: Pace = { pause: () => undefined };

describe('measureDirectory', () => {
  let root: string;

  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'measure-'));
  });
  afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

  const measure = (pace = AT_ONCE) => measureDirectory(HeldDirectory.open(fs.realpathSync(root)), pace);
  const file = (name: string, bytes: number) => fs.writeFileSync(path.join(root, name), Buffer.alloc(bytes, 1));

  it('counts as du does', async () => {
    fs.mkdirSync(path.join(root, 'a/b/c'), { recursive: true });
    for (const name of ['one', 'a/two', 'a/b/three', 'a/b/c/four']) file(name, 100 * KIB);
    const du = Number(execFileSync('du', ['-s', '--block-size=1', root], { encoding: 'utf8' }).split('\t')[0]);
    const own = fs.statSync(root).blocks * 512;
    await expect(measure()).resolves.toEqual({ bytes: du - own, files: 7 });
  });

  it('counts a file with several links once, and a sparse one as what is in it', async () => {
    file('linked', 64 * KIB);
    fs.linkSync(path.join(root, 'linked'), path.join(root, 'again'));
    fs.truncateSync(path.join(root, 'linked'), 64 * KIB);
    fs.writeFileSync(path.join(root, 'sparse'), '');
    fs.truncateSync(path.join(root, 'sparse'), 2 ** 40);
    await expect(measure()).resolves.toEqual({ bytes: 64 * KIB, files: 3 });
  });

  it('follows nothing and opens nothing: links, FIFOs, names that are no text', async () => {
    const outside = fs.mkdtempSync(path.join(os.tmpdir(), 'outside-'));
    fs.writeFileSync(path.join(outside, 'large'), Buffer.alloc(1024 * KIB, 1));
    fs.symlinkSync(outside, path.join(root, 'link'));
    fs.symlinkSync('/proc/self/root', path.join(root, 'proc'));
    fs.symlinkSync('.', path.join(root, 'circle'));
    execFileSync('mkfifo', [path.join(root, 'fifo')]);
    const odd = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe])]);
    fs.mkdirSync(odd);
    fs.writeFileSync(Buffer.concat([odd, Buffer.from('/hidden')]), Buffer.alloc(64 * KIB, 1));
    const { bytes, files, problem } = await measure();
    fs.rmSync(outside, { recursive: true });
    expect({ files, problem }).toEqual({ files: 6, problem: undefined });
    expect(bytes).toBeGreaterThanOrEqual(64 * KIB);
    expect(bytes).toBeLessThan(128 * KIB);
  });

  it('says so when a tree is deeper than it looks', async () => {
    fs.mkdirSync(path.join(root, Array.from({ length: MAX_DEPTH + 5 }, () => 'd').join('/')), { recursive: true });
    await expect(measure()).resolves.toMatchObject({ problem: 'too_deep' });
  });

  it('lets others go first, and gives back every descriptor', async () => {
    for (const name of ['a', 'b', 'c']) fs.mkdirSync(path.join(root, name));
    const open = () => fs.readdirSync('/proc/self/fd').length;
    const before = open();
    let pauses = 0;
    await measure({ pause: () => (pauses++, Promise.resolve()) });
    expect(pauses).toBeGreaterThan(3);
    expect(open()).toBe(before);
    const failing: Pace = { pause: () => Promise.reject(new Error('stopped')) };
    await expect(measure(failing)).rejects.toThrow('stopped');
    expect(open()).toBe(before);
  });
});
