import fs from 'node:fs';
import path from 'node:path';
import { FakeClock } from '../../../test/support/fake-clock';
import { ApiKey } from './api-key';

const directory = fs.mkdtempSync('/tmp/hf-key-');
const file = path.join(directory, 'key');
afterAll(() => fs.rmSync(directory, { recursive: true }));

describe('ApiKey', () => {
  it('is the one that is set', () => {
    expect(new ApiKey({ key: 'sk-1' }, new FakeClock()).current()).toBe('sk-1');
    expect(new ApiKey({}, new FakeClock()).current()).toBeUndefined();
  });

  it('is read from a file, and read again when the file is another one', () => {
    const clock = new FakeClock();
    const key = new ApiKey({ file }, clock);
    expect(key.current()).toBeUndefined();
    fs.writeFileSync(file, 'sk-first\n');
    clock.advance(1_000);
    expect(key.current()).toBe('sk-first');
    fs.writeFileSync(`${file}.new`, 'sk-second, longer');
    fs.renameSync(`${file}.new`, file);
    // Not on every request.
    expect(key.current()).toBe('sk-first');
    clock.advance(1_000);
    expect(key.current()).toBeUndefined();
    fs.writeFileSync(`${file}.new`, 'sk-third');
    fs.renameSync(`${file}.new`, file);
    clock.advance(1_000);
    expect(key.current()).toBe('sk-third');
    fs.rmSync(file);
    clock.advance(1_000);
    expect(key.current()).toBeUndefined();
  });

  it.each([
    ['two lines', 'sk-1\nsk-2'],
    ['a header of its own', 'sk-1\r\nx-evil: 1'],
    ['nothing', ''],
    ['what is no key at all', 'k'.repeat(5_000)],
  ])('does not take %s for a key', (_, content) => {
    fs.writeFileSync(file, content);
    expect(new ApiKey({ file }, new FakeClock()).current()).toBeUndefined();
  });
});
