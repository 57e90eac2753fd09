import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { claudeCandidates, closedToOthers, findClaude } from './find-claude';

let root: string;
beforeEach(() => (root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'hf-find-')))));
afterEach(() => fs.rmSync(root, { recursive: true }));

function program(name: string, mode = 0o755): string {
  const file = path.join(root, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, '', { mode });
  return file;
}

it('looks on the PATH, then among the packages, and never in a relative directory', () => {
  const search = { searchPath: '.:/a::b:/c', modules: ['/m'] };
  const [first, second, packaged, ...more] = claudeCandidates(search);
  expect([first, second]).toEqual(['/a/claude', '/c/claude']);
  expect(packaged).toMatch(/^\/m\/@anthropic-ai\/claude-code-\w+-\w+\/claude$/);
  expect(more).toEqual([]);
});

it('takes what CLAUDE_BIN names, or nothing', () => {
  program('bin/claude');
  const search = { searchPath: path.join(root, 'bin'), modules: [] };
  expect(findClaude({ ...search, program: path.join(root, 'elsewhere') })).toBeUndefined();
  expect(findClaude(search)).toBe(path.join(root, 'bin/claude'));
});

it('takes the program by the path it really has, and passes over what cannot be executed', () => {
  program('a/claude', 0o644);
  fs.mkdirSync(path.join(root, 'b/claude'), { recursive: true });
  const real = program('package/claude');
  fs.mkdirSync(path.join(root, 'c'));
  fs.symlinkSync(real, path.join(root, 'c/claude'));
  const searchPath = ['a', 'b', 'c'].map((name) => path.join(root, name)).join(':');
  expect(findClaude({ searchPath, modules: [] })).toBe(real);
});

it('says what closes it to other users', () => {
  fs.chmodSync(root, 0o755);
  const file = program('private/claude');
  expect(closedToOthers(file)).toBeUndefined();
  fs.chmodSync(file, 0o750);
  expect(closedToOthers(file)).toBe(file);
  fs.chmodSync(file, 0o755);
  fs.chmodSync(path.dirname(file), 0o700);
  expect(closedToOthers(file)).toBe(path.dirname(file));
});
