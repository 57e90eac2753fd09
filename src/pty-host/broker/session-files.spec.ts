import fs from 'node:fs';
import path from 'node:path';
import type { SizeMark } from '../wire/host-messages';
import { SessionFiles, type SessionRecord } from './session-files';

let directory: string;

beforeEach(() => {
  directory = fs.mkdtempSync('/tmp/hf-files-');
});

afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

const record: SessionRecord = {
  sessionId: 's',
  epoch: 'e',
  incarnation: 1,
  createdAt: 1,
  cols: 80,
  rows: 24,
  transcriptBytes: 1024,
};

test('a record is read as it was written, and listed', () => {
  const files = new SessionFiles(directory, 's');
  expect(files.read()).toBeUndefined();
  files.create(record);
  files.write({ ...record, pid: 7 });
  expect(files.read()).toEqual({ ...record, pid: 7 });
  expect(files.readSizes()).toEqual([{ offset: 0, cols: 80, rows: 24 }]);
  expect(SessionFiles.list(directory)).toEqual(['s']);
  files.remove();
  expect(SessionFiles.list(directory)).toEqual([]);
});

test.each(['../../etc/passwd', '..', 'a/b', 'ä\u0000ö', '.'])('the id %j stays inside the directory', (sessionId) => {
  const files = new SessionFiles(directory, sessionId);
  expect(path.dirname(files.directory)).toBe(directory);
  files.create({ ...record, sessionId });
  expect(fs.readdirSync(directory)).toHaveLength(1);
  expect(SessionFiles.list(directory)).toEqual([sessionId]);
});

test('only the owner may read', () => {
  const files = new SessionFiles(directory, 's');
  files.create(record);
  expect(fs.statSync(files.directory).mode & 0o777).toBe(0o700);
  for (const name of fs.readdirSync(files.directory))
    expect(fs.statSync(path.join(files.directory, name)).mode & 0o777).toBe(0o600);
});

test('a new session finds nothing of one that died while it was made', () => {
  const files = new SessionFiles(directory, 's');
  fs.mkdirSync(files.directory);
  fs.writeFileSync(path.join(files.directory, '0000000000000000.out'), 'old output');
  files.create(record);
  expect(fs.readdirSync(files.directory).sort()).toEqual(['input', 'landing', 'session.json', 'sizes']);
});

test('what was never finished is removed; output without a readable record is not', () => {
  fs.mkdirSync(path.join(directory, 'half'));
  fs.writeFileSync(path.join(directory, 'half', 'session.json.new'), '{"sess');
  fs.mkdirSync(path.join(directory, 'torn'));
  fs.writeFileSync(path.join(directory, 'torn', 'session.json'), '{"sess');
  fs.writeFileSync(path.join(directory, 'torn', '0000000000000000.out'), 'output');
  expect(SessionFiles.list(directory)).toEqual([]);
  expect(fs.readdirSync(directory)).toEqual(['torn']);
});

test('sizes are read as they were added; a torn last line is passed over', () => {
  const files = new SessionFiles(directory, 's');
  files.create(record);
  const sizes = files.readSizes();
  files.addSize(sizes, { offset: 10, cols: 100, rows: 30 });
  fs.appendFileSync(path.join(files.directory, 'sizes'), '20 13');
  expect(files.readSizes()).toEqual([
    { offset: 0, cols: 80, rows: 24 },
    { offset: 10, cols: 100, rows: 30 },
  ]);
});

test('a resize storm does not grow the file without bound', () => {
  const files = new SessionFiles(directory, 's');
  files.create(record);
  const sizes: SizeMark[] = files.readSizes();
  for (let offset = 1; offset <= 10_000; offset++) files.addSize(sizes, { offset, cols: 80, rows: 24 });
  expect(sizes.length).toBeLessThanOrEqual(4096);
  expect(files.readSizes()).toEqual(sizes);
  expect(sizes.at(-1)?.offset).toBe(10_000);
});
