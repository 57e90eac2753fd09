import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DiscardedDirectories } from './discarded-directories';
import { HeldDirectory } from './held-directory';
import { NamedDirectories } from './named-directories';
import type { Pace } from './pace';
import { removeTree } from './remove-tree';

const AT_ONCE: Pace = { pause: () => undefined };

describe('removing a tree', () => {
  let root: string;
  let outside: string;

  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'remove-'));
    outside = fs.mkdtempSync(path.join(os.tmpdir(), 'stays-'));
    fs.writeFileSync(path.join(outside, 'file'), 'precious');
    fs.mkdirSync(path.join(root, 'tree/a/b'), { recursive: true });
  });
  afterEach(() => {
    for (const directory of [root, outside]) fs.rmSync(directory, { recursive: true, force: true });
  });

  const remove = async (pace = AT_ONCE) => {
    const parent = HeldDirectory.open(fs.realpathSync(root));
    try {
      return await removeTree(parent, 'tree', pace, randomUUID);
    } finally {
      parent.dispose();
    }
  };

  it('leaves what it points to, and what shares its files', async () => {
    fs.symlinkSync(outside, path.join(root, 'tree/a/link'));
    fs.symlinkSync(path.join(outside, 'file'), path.join(root, 'tree/file-link'));
    fs.linkSync(path.join(outside, 'file'), path.join(root, 'tree/a/b/hard'));
    execFileSync('mkfifo', [path.join(root, 'tree/fifo')]);
    await expect(remove()).resolves.toBe(true);
    expect(fs.readdirSync(root)).toEqual([]);
    expect(fs.readFileSync(path.join(outside, 'file'), 'utf8')).toBe('precious');
  });

  it('removes a directory whose owner took every right from it', async () => {
    fs.chmodSync(path.join(root, 'tree/a'), 0);
    await expect(remove()).resolves.toBe(true);
    expect(fs.existsSync(path.join(root, 'tree'))).toBe(false);
  });

  it('goes on where it was interrupted', async () => {
    for (let index = 0; index < 20; index++) fs.writeFileSync(path.join(root, `tree/a/${index}`), '');
    let steps = 0;
    const interrupted: Pace = { pause: () => (++steps > 10 ? Promise.reject(new Error('killed')) : undefined) };
    await expect(remove(interrupted)).rejects.toThrow('killed');
    expect(fs.readdirSync(path.join(root, 'tree/a')).length).toBeLessThan(21);
    await expect(remove()).resolves.toBe(true);
  });

  it('removes trees that are deeper than it has descriptors, in parts', async () => {
    const deep = path.join(root, 'removed', 'one', Array.from({ length: 300 }, () => 'd').join('/'));
    fs.mkdirSync(deep, { recursive: true });
    fs.mkdirSync(path.join(root, 'workspaces/mine'), { recursive: true });
    const discarded = new DiscardedDirectories(new NamedDirectories(root, 'removed'), () => AT_ONCE);
    expect(discarded.take(new NamedDirectories(root, 'workspaces'), 'mine')).toBe(true);
    expect(fs.existsSync(path.join(root, 'workspaces/mine'))).toBe(false);
    await discarded.run();
    expect(fs.readdirSync(path.join(root, 'removed'))).toEqual([]);
  });
});
