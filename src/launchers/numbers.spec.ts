import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Numbers } from './numbers';

let directory: string;
beforeEach(() => (directory = fs.mkdtempSync(path.join(os.tmpdir(), 'numbers-'))));
afterEach(() => fs.rmSync(directory, { recursive: true }));

it('a name keeps its number, in every process and after a restart', () => {
  const [one, two] = [new Numbers(directory), new Numbers(directory)];
  const first = one.of('user-a');
  expect(two.of('user-a')).toBe(first);
  expect(one.of('project-a')).not.toBe(first);
  expect(new Numbers(directory).of('user-a')).toBe(first);
});

it('no two names have one number, whoever asks first', () => {
  const all = [new Numbers(directory), new Numbers(directory), new Numbers(directory)];
  const numbers = Array.from({ length: 60 }, (_, index) => all[index % 3]?.of(`user-${index}`));
  expect(new Set(numbers).size).toBe(60);
});

it('a number that was claimed by a process that died is given to nobody', () => {
  const numbers = new Numbers(directory);
  fs.symlinkSync('user-lost', path.join(directory, 'numbers/1'));
  expect(numbers.of('user-a')).toBe(2);
  expect(numbers.of('user-lost')).toBe(3);
});
