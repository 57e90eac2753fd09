import fs from 'node:fs';
import path from 'node:path';
import { writeFileOnce } from './data-directory';

it('writeFileOnce leaves what another process wrote first, and nothing beside it', () => {
  const directory = fs.mkdtempSync('/tmp/holdfast-once-');
  const file = path.join(directory, 'secret');
  writeFileOnce(file, 'first');
  writeFileOnce(file, 'second');
  expect([fs.readFileSync(file, 'utf8'), fs.readdirSync(directory)]).toEqual(['first', ['secret']]);
  fs.rmSync(directory, { recursive: true });
});
