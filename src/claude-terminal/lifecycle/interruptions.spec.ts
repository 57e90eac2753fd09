import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ErrorCode } from '@holdfast/protocol';
import { FakeClock } from '../../../test/support/fake-clock';
import { DomainError } from '../../kernel/domain-error';
import { newClaudeRecord } from '../records/claude-record';
import { ClaudeRecords } from '../records/claude-records';
import type { ClaudeAnnouncer } from '../status/claude-announcer';
import { ClaudeStatus } from '../status/claude-status';
import { Interruptions } from './interruptions';
import type { PromptTyping } from './prompt-typing';

const KEY = 'session:project';
const NOTICE = { kind: 'interrupted', active: true, text: 'interrupted' } as const;

let dataDir: string;
let records: ClaudeRecords;
let typed: string[];
let refusal: DomainError | undefined;

beforeEach(async () => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'hf-life-'));
  records = new ClaudeRecords({ dataDir });
  [typed, refusal] = [[], undefined];
  const ids = { key: KEY, sessionId: 'session', projectId: 'project', ownerId: 'owner', conversationId: 'c' };
  await records.update(KEY, () => ({ ...newClaudeRecord(ids, 0), interrupted: true, notice: NOTICE }));
});
afterEach(() => fs.rmSync(dataDir, { recursive: true, force: true }));

/** Each is of a gateway process of its own. */
function gateway(): Interruptions {
  const typing = {
    prompt: (_key: string, text: string) => {
      if (refusal) return Promise.reject(refusal);
      typed.push(text);
      return Promise.resolve();
    },
  } as PromptTyping;
  const announcer = { changed: () => undefined } as unknown as ClaudeAnnouncer;
  return new Interruptions(new ClaudeStatus(new ClaudeRecords({ dataDir }), announcer, new FakeClock()), typing);
}

it('goes on once, however many want it at the same time on two gateways', async () => {
  const [one, other] = [gateway(), gateway()];
  const all = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => (n % 2 ? one : other).continue(KEY)));
  expect(typed).toEqual(['continue']);
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const conflict = { status: 'rejected', reason: { code: ErrorCode.conflict } };
  expect(all.find(({ status }) => status === 'rejected')).toMatchObject(conflict);
  const { interrupted, notice } = records.read(KEY) ?? {};
  expect({ interrupted, notice }).toEqual({ interrupted: false, notice: undefined });
});

it('is still interrupted when the word could not be typed', async () => {
  refusal = new DomainError(ErrorCode.unavailable, 'no prompt');
  await expect(gateway().continue(KEY)).rejects.toBe(refusal);
  expect(records.read(KEY)).toMatchObject({ interrupted: true, notice: NOTICE });
});

it('types nothing once it was left as it is', async () => {
  await gateway().dismiss(KEY);
  await expect(gateway().continue(KEY)).rejects.toMatchObject({ code: ErrorCode.conflict });
  expect(typed).toEqual([]);
});
