import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { errorCode } from '../infrastructure/startup-error';
import { NamedDirectories } from './named-directories';

describe('NamedDirectories', () => {
  let root: string;
  let directories: NamedDirectories;

  beforeEach(() => {
    root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'named-')));
    directories = new NamedDirectories(root, 'workspaces');
  });
  afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

  it('are made when they are first needed, for nobody but their owner', () => {
    const made = directories.ensure('p1');
    expect(made).toBe(path.join(root, 'workspaces/p1'));
    expect(fs.statSync(made).mode & 0o777).toBe(0o700);
    fs.writeFileSync(path.join(made, 'file'), 'mine');
    expect(directories.ensure('p1')).toBe(made);
    expect(fs.readdirSync(made)).toEqual(['file']);
  });

  it('may have dots in their names, and stay where they belong', () => {
    for (const name of ['...', '.hidden', 'a..b', '..a', '-rf'])
      expect(directories.ensure(name)).toBe(path.join(root, 'workspaces', name));
    for (const name of ['..', '.', 'a/b', '../p10', 'a\0b'])
      expect(() => directories.ensure(name)).toThrow('cannot be used');
    expect(fs.readdirSync(root)).toEqual(['workspaces']);
  });

  it('are no links, whatever they lead to, and nothing else either', () => {
    directories.ensure('p10');
    fs.symlinkSync('/etc', path.join(root, 'workspaces/etc'));
    fs.symlinkSync('p10', path.join(root, 'workspaces/p1'));
    fs.symlinkSync('/proc/self/root', path.join(root, 'workspaces/proc'));
    fs.writeFileSync(path.join(root, 'workspaces/file'), '');
    execFileSync('mkfifo', [path.join(root, 'workspaces/fifo')]);
    for (const name of ['etc', 'p1', 'proc', 'file', 'fifo']) {
      expect(codeOf(() => directories.ensure(name))).toBe('workspace_unusable');
      expect(codeOf(() => directories.find(name))).toBe('workspace_unusable');
    }
  });

  it('are refused when others may put something in their place', () => {
    directories.ensure('p1');
    fs.chmodSync(path.join(root, 'workspaces'), 0o777);
    expect(codeOf(() => directories.ensure('p1'))).toBe('workspace_unusable');
    fs.chmodSync(path.join(root, 'workspaces'), 0o700);
    fs.renameSync(path.join(root, 'workspaces'), path.join(root, 'moved'));
    fs.symlinkSync('moved', path.join(root, 'workspaces'));
    expect(codeOf(() => directories.ensure('p1'))).toBe('workspace_unusable');
  });

  it('tell users nothing of the server', () => {
    fs.mkdirSync(path.join(root, 'workspaces'));
    fs.symlinkSync('/etc', path.join(root, 'workspaces/p1'));
    expect(() => directories.ensure('p1')).toThrow('The directory of p1 cannot be used');
    expect(() => directories.ensure('p1')).not.toThrow(root);
  });
});

function codeOf(refused: () => unknown): string | undefined {
  try {
    refused();
  } catch (error) {
    return errorCode(error);
  }
  return undefined;
}
