import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readSessionFiles } from './session-file';

const ID = '11111111-1111-4111-8111-111111111111';
let directory: string;
beforeEach(() => (directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hf-files-'))));
afterEach(() => fs.rmSync(directory, { recursive: true }));

const write = (name: string, content: unknown, atSeconds = 1): void => {
  const file = path.join(directory, name);
  fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  fs.utimesSync(file, atSeconds, atSeconds);
};

describe('the files in which CLIs say what they do', () => {
  it('are read with the time at which they were written, newest first', () => {
    write('7.json', { sessionId: ID, status: 'busy', pid: 7, more: {} }, 10);
    write('8.json', { sessionId: ID, status: 'waiting', waitingFor: 'permission prompt' }, 20);
    expect(readSessionFiles(directory)).toEqual([
      { sessionId: ID, status: 'waiting', at: 20_000 },
      { sessionId: ID, status: 'busy', at: 10_000 },
    ]);
  });

  it('are none where there is no directory, or something in its place', () => {
    expect(readSessionFiles(path.join(directory, 'none'))).toEqual([]);
    const link = path.join(directory, 'link');
    fs.symlinkSync('/etc', link);
    expect(readSessionFiles(link)).toEqual([]);
  });

  it('are passed over when they are not what they are called', () => {
    const outside = path.join(directory, 'outside');
    fs.writeFileSync(outside, JSON.stringify({ sessionId: ID, status: 'idle' }));
    fs.symlinkSync(outside, path.join(directory, '1.json'));
    execFileSync('mkfifo', [path.join(directory, '2.json')]);
    fs.mkdirSync(path.join(directory, '3.json'));
    write('4.json', '{"sessionId":');
    write('5.json', { sessionId: '../../etc/passwd', status: 'idle' });
    write('6.json', { sessionId: ID, status: 'somehow' });
    write('7.json', JSON.stringify({ sessionId: ID, status: 'idle', pad: 'x'.repeat(20_000) }));
    write('x.json', { sessionId: ID, status: 'idle' });
    expect(readSessionFiles(directory)).toEqual([]);
  });
});
