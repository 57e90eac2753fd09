import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { seedConfig } from './seed-config';

let root: string;
const config = (): string => path.join(root, 'config');
const live = (): string => path.join(root, 'live');
const state = (): Record<string, unknown> =>
  JSON.parse(fs.readFileSync(path.join(config(), '.claude.json'), 'utf8')) as Record<string, unknown>;
const seed = (seen: { workspace: string; live?: string } = { workspace: '/workspace', live: '/claude/live' }): void =>
  seedConfig({ config: config(), live: live(), seen });

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'hf-seed-'));
  for (const directory of [config(), live()]) fs.mkdirSync(directory);
});
afterEach(() => fs.rmSync(root, { recursive: true }));

it('keeps dialogs from coming first, and is done once', () => {
  seed();
  expect(state()).toEqual({
    theme: 'dark',
    hasCompletedOnboarding: true,
    projects: { '/workspace': { hasTrustDialogAccepted: true } },
  });
  const { ino } = fs.statSync(path.join(config(), '.claude.json'));
  seed();
  expect(fs.statSync(path.join(config(), '.claude.json')).ino).toBe(ino);
});

it('leaves what its user chose', () => {
  const chosen = {
    theme: 'light',
    numStartups: 7,
    projects: { '/other': {}, '/workspace': { allowedTools: ['Bash'] } },
  };
  fs.writeFileSync(path.join(config(), '.claude.json'), JSON.stringify(chosen));
  seed();
  expect(state()).toEqual({
    ...chosen,
    hasCompletedOnboarding: true,
    projects: { '/other': {}, '/workspace': { allowedTools: ['Bash'], hasTrustDialogAccepted: true } },
  });
});

it.each(['not JSON', '"text"', '[]', '{"projects": 7}', '{"__proto__": {"x": 1}}'])(
  'gets over a state that is %s',
  (damaged) => {
    fs.writeFileSync(path.join(config(), '.claude.json'), damaged);
    seed();
    expect(state()).toMatchObject({ hasCompletedOnboarding: true });
  },
);

it.each<[string, (file: string, secret: string) => void]>([
  ['a link', (file, secret) => fs.symlinkSync(secret, file)],
  ['a pipe', (file) => void execFileSync('mkfifo', [file])],
  ['a directory', (file) => fs.mkdirSync(file)],
  ['a file that is far too large', (file) => execFileSync('truncate', ['-s', '1G', file])],
])('%s in its place is put aside and not followed', (_, put) => {
  const secret = path.join(root, 'secret');
  fs.writeFileSync(secret, '{"secret": true}');
  put(path.join(config(), '.claude.json'), secret);
  seed();
  expect(fs.readFileSync(secret, 'utf8')).toBe('{"secret": true}');
  expect(state()).not.toHaveProperty('secret');
});

it('leads the processes of a sandboxed session to a directory of its own, and forgets those of the process before', () => {
  fs.mkdirSync(path.join(config(), 'sessions'));
  for (const name of ['2.json', 'kept.txt']) fs.writeFileSync(path.join(live(), name), '{}');
  seed();
  expect(fs.readlinkSync(path.join(config(), 'sessions'))).toBe('/claude/live');
  expect(fs.readdirSync(live())).toEqual(['kept.txt']);
});

it('takes the link away again where there is no sandbox', () => {
  seed();
  seed({ workspace: '/data/workspaces/p' });
  expect(fs.lstatSync(path.join(config(), 'sessions'), { throwIfNoEntry: false })).toBeUndefined();
});
