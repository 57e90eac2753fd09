import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Logger } from '@nestjs/common';
import { Outbox } from '../../infrastructure/outbox/outbox';
import { FakeClock } from '../../../test/support/fake-clock';
import { AuditChain } from '../chain/audit-chain';
import { AuditKeys } from '../chain/audit-keys';
import type { SealedRecord } from '../chain/audit-record';
import type { AuditEntry } from '../audit-log';
import { SpooledAuditLog } from './spooled-audit-log';

const MIB = 1024 * 1024;
const KEYS = new AuditKeys('a key for tests that is long enough');
const LOGIN: AuditEntry = { code: 'auth.login', outcome: 'ok', actor: { email: 'alice@example.com' } };
const ATTACHED: AuditEntry = { code: 'session.attached', outcome: 'ok' };

let directory: string;
let outbox: Outbox;
let clock: FakeClock;

beforeEach(async () => {
  Logger.overrideLogger(false);
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hf-audit-'));
  clock = new FakeClock();
  // A database that is away: everything waits.
  const database = { transaction: () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' })) };
  outbox = await Outbox.open({ directory, maxBytes: MIB, database, clock });
});
afterEach(async () => {
  await outbox.close();
  fs.rmSync(directory, { recursive: true, force: true });
});

function open(failMode: 'open' | 'closed' = 'closed'): SpooledAuditLog {
  const chain = new AuditChain({ stream: 'node-a', node: 'node', keys: KEYS, clock });
  return new SpooledAuditLog({ chain, outbox, clock, failMode, process: { pid: 1 } });
}

/** What is in the spool, as the next process would find it. */
function spooled(): SealedRecord[] {
  const files = fs
    .readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.log'));
  const text = files.sort().map((file) => fs.readFileSync(path.join(directory, file), 'latin1'));
  const found =
    text.join('').match(/\{"id":"[^"]*","kind":"audit\.event","at":\d+,"payload":\{.*?"mac":"[^"]*"\}\}/g) ?? [];
  return found.map((json) => (JSON.parse(json) as { payload: SealedRecord }).payload);
}

/** Until so much of the outbox is used. */
function fill(share: number): void {
  while (outbox.fill <= share) outbox.append('other', 'x'.repeat(4096));
}

function fillUp(): void {
  for (const size of [4096, 64]) {
    expect(() => {
      for (;;) outbox.append('other', 'x'.repeat(size));
    }).toThrow(/OUTBOX_MAX_BYTES/);
  }
}

const codes = () => spooled().map(({ code }) => code);

it('has each event in the file before it returns, sealed together with the one before', () => {
  const audit = open();
  audit.record(LOGIN);
  audit.record(ATTACHED);
  const records = spooled();
  expect(records.map(({ seq, code }) => [seq, code])).toEqual([
    [1, 'audit.started'],
    [2, 'auth.login'],
    [3, 'session.attached'],
  ]);
  expect(records.every((record) => KEYS.isGenuine(record))).toBe(true);
  expect(records.map(({ prev }) => prev)).toEqual(['GENESIS', records[0]?.mac, records[1]?.mac]);
});

it('resolves what has to be durable after the disk has it, and not before', async () => {
  const audit = open();
  let finish = (): void => undefined;
  const disk = new Promise<void>((resolve) => (finish = resolve));
  jest.spyOn(outbox, 'synced').mockReturnValue(disk);
  let isDurable = false;
  const durable = audit.durable(LOGIN).then(() => (isDurable = true));
  expect(codes()).toEqual(['audit.started', 'auth.login']);
  await new Promise(setImmediate);
  expect(isDurable).toBe(false);
  finish();
  await durable;
});

it('leaves the rest of the outbox to what somebody waits for, and tells what it missed', async () => {
  const audit = open();
  fill(0.6);
  audit.record(ATTACHED);
  audit.record(ATTACHED);
  expect(spooled()).toEqual([]);
  await audit.durable(LOGIN);
  expect(spooled().map(({ seq, code, data }) => [seq, code, data['count']])).toEqual([
    [1, 'audit.started', undefined],
    [2, 'audit.gap', 2],
    [3, 'auth.login', undefined],
  ]);
  expect(spooled()[1]?.data['codes']).toEqual({ 'session.attached': 2 });
});

it('refuses changes by administrators before it is full, and logins when it is', async () => {
  const audit = open();
  expect(() => audit.assertRoom()).not.toThrow();
  fill(0.75);
  expect(() => audit.assertRoom()).toThrow(/put on record/);
  await audit.durable(LOGIN);
  fillUp();
  await expect(audit.durable(LOGIN)).rejects.toMatchObject({ code: 'audit_unavailable' });
});

it('refuses nothing in mode open, and still counts what is missing', async () => {
  const audit = open('open');
  fillUp();
  expect(() => audit.assertRoom()).not.toThrow();
  await audit.durable(LOGIN);
  expect(audit.head.seq).toBe(0);
});

it('refuses what the disk did not take', async () => {
  const audit = open();
  jest.spyOn(outbox, 'synced').mockRejectedValue(new Error('EIO'));
  await expect(audit.durable(LOGIN)).rejects.toMatchObject({ code: 'audit_unavailable' });
});

it('writes a flood of refusals down twenty times a minute, and then how many more there were', () => {
  const audit = open();
  const refused: AuditEntry = {
    code: 'ws.refused',
    outcome: 'refused',
    reason: 'bad_origin',
    source: { ip: '192.0.2.1' },
  };
  for (let n = 0; n < 1000; n++) audit.record(refused);
  audit.record({ ...refused, source: { ip: '192.0.2.2' } });
  expect(codes().filter((code) => code === 'ws.refused')).toHaveLength(21);
  clock.advance(60_000);
  audit.tellSuppressed();
  expect(spooled().at(-1)).toMatchObject({
    code: 'audit.suppressed',
    reason: 'bad_origin',
    ip: '192.0.2.1',
    data: { code: 'ws.refused', count: 980 },
  });
});

it('never puts an event before the one before it, also when the clock is set back', () => {
  const audit = open();
  audit.record(LOGIN);
  clock.advance(-86_400_000);
  audit.record(LOGIN);
  const times = spooled().map(({ at }) => at);
  expect(times).toEqual([...times].sort());
});
