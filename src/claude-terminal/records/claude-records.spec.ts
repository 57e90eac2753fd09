import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type ClaudeRecord, newClaudeRecord } from './claude-record';
import { ClaudeRecords } from './claude-records';

let dataDir: string;
let records: ClaudeRecords;
beforeEach(() => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'hf-records-'));
  records = new ClaudeRecords({ dataDir });
});
afterEach(() => fs.rmSync(dataDir, { recursive: true }));

const made = (key: string): ClaudeRecord =>
  newClaudeRecord({ key, sessionId: 's', projectId: 'p', ownerId: 'o', conversationId: 'c' }, 1);
const fileOf = (): string => {
  const directory = path.join(dataDir, 'claude/records');
  const [name] = fs.readdirSync(directory).filter((one) => one.endsWith('.json'));
  return path.join(directory, name as string);
};

describe('records of Claude sessions', () => {
  it('are read as they were written, by this process and by others', async () => {
    await records.update('s:p', () => made('s:p'));
    expect(records.read('s:p')).toEqual(made('s:p'));
    expect(new ClaudeRecords({ dataDir }).all()).toEqual([made('s:p')]);
    expect(fs.statSync(fileOf()).mode & 0o777).toBe(0o600);
  });

  it('are not there before they are made, nor after they are removed', async () => {
    expect(records.read('s:p')).toBeUndefined();
    expect(records.all()).toEqual([]);
    await records.update('s:p', () => made('s:p'));
    await records.remove('s:p');
    expect([records.read('s:p'), records.all()]).toEqual([undefined, []]);
  });

  it('lose no change of several processes that write at once', async () => {
    await records.update('s:p', () => made('s:p'));
    const others = [records, new ClaudeRecords({ dataDir }), new ClaudeRecords({ dataDir })];
    const count = (record: ClaudeRecord | undefined): ClaudeRecord | undefined =>
      record && { ...record, updatedAt: record.updatedAt + 1 };
    await Promise.all(others.flatMap((one) => Array.from({ length: 40 }, () => one.update('s:p', count))));
    expect(records.read('s:p')?.updatedAt).toBe(121);
  });

  it('are not written when nothing changes', async () => {
    await records.update('s:p', () => made('s:p'));
    const { ino } = fs.statSync(fileOf());
    await records.update('s:p', (record) => record);
    await records.update('s:p', () => undefined);
    expect(fs.statSync(fileOf()).ino).toBe(ino);
  });

  it('are unknown when they are damaged, and a change that throws changes nothing', async () => {
    await records.update('s:p', () => made('s:p'));
    await expect(
      records.update('s:p', () => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(records.read('s:p')).toBeDefined();
    fs.writeFileSync(fileOf(), '{"version":1');
    jest.spyOn(records['log'], 'error').mockImplementation();
    expect(records.read('s:p')).toBeUndefined();
  });
});
