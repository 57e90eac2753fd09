import { FakeClock } from '../../test/support/fake-clock';
import { headsInLog, verifyAudit } from './audit-verification';
import { AuditChain } from './chain/audit-chain';
import { AuditKeys } from './chain/audit-keys';
import { type AuditContent, GENESIS, type SealedRecord, type StreamHead } from './chain/audit-record';
import type { Finding } from './chain/finding';
import { cleanEntry } from './sink/clean-entry';
import type { AuditRow } from './table/audit-row';
import type { Query } from './table/read-rows';
import type { RetainedCheckpoint, RetainedCheckpointRow } from './table/retained-checkpoint';

const KEYS = new AuditKeys('the key of this installation, 32 bytes');
const OTHERS = new AuditKeys('a key that an attacker made up himself');

function chainOf(stream: string, length: number, keys = KEYS, contents: readonly AuditContent[] = []): SealedRecord[] {
  const clock = new FakeClock();
  const chain = new AuditChain({ stream, node: 'node', keys, clock });
  return Array.from({ length }, (_, n) => {
    clock.advance(1000);
    const content =
      contents[n] ?? cleanEntry({ code: 'auth.login', outcome: 'ok', actor: { email: `user${n}@example.com` } });
    const record = chain.next(content);
    chain.keep(record);
    return record;
  });
}

function rowOf(record: SealedRecord): AuditRow {
  const { seq, at, actorId, actorEmail, actorRole, loginId, userAgent, requestId, targetKind, targetId, ...same } =
    record;
  return {
    ...same,
    seq: String(seq),
    at: new Date(at),
    actor_id: actorId,
    actor_email: actorEmail,
    actor_role: actorRole,
    login_id: loginId,
    user_agent: userAgent,
    request_id: requestId,
    target_kind: targetKind,
    target_id: targetId,
  };
}

/** As the database would answer the two statements of a verification. */
function tableOf(records: readonly SealedRecord[], checkpoints: readonly RetainedCheckpointRow[]): Query {
  const order = (a: SealedRecord, b: SealedRecord): number =>
    a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : a.seq - b.seq;
  const rows = [...records].sort(order).map(rowOf);
  return (async (sql: string, parameters?: unknown[]) => {
    if (sql.includes('audit_checkpoints')) return checkpoints;
    return parameters?.[0] === '' ? rows : [];
  }) as Query;
}

async function verify(
  records: readonly SealedRecord[],
  {
    heads = [],
    checkpoints = [],
    keys = KEYS,
  }: Partial<{
    heads: StreamHead[];
    checkpoints: RetainedCheckpointRow[];
    keys: AuditKeys;
  }> = {},
): Promise<Finding[]> {
  const found: Finding[] = [];
  const query = tableOf(records, checkpoints);
  const result = await verifyAudit({ query, keys, heads, report: (finding) => found.push(finding) });
  expect(result.findings).toBe(found.length);
  return found;
}

const without = (records: readonly SealedRecord[], ...gone: number[]) =>
  records.filter(({ seq }) => !gone.includes(seq));
const at = (records: readonly SealedRecord[], seq: number) => records[seq - 1] as SealedRecord;
const headOf = (records: readonly SealedRecord[]): StreamHead => at(records, records.length);
const kinds = (found: readonly Finding[]) => found.map(({ kind, stream, seq }) => `${kind} ${stream} ${seq}`);

const a = chainOf('a', 10);
const b = chainOf('b', 5);

it('finds nothing in what was not touched, of any number of streams', async () => {
  expect(await verify([...a, ...b], { heads: [headOf(a), headOf(b)] })).toEqual([]);
});

it('finds an edit of any column, and names the event', async () => {
  const edits: Partial<SealedRecord>[] = [
    { actorEmail: 'mallory@example.com' },
    { at: '2031-01-01T00:00:00.000Z' },
    { outcome: 'failed' },
    { data: { x: 1 } },
    { ip: '192.0.2.1' },
    { node: 'other' },
    { prev: GENESIS },
    { mac: at(a, 4).mac },
  ];
  for (const edit of edits) {
    const edited = a.map((record) => (record.seq === 5 ? { ...record, ...edit } : record));
    expect(kinds(await verify(edited))).toEqual(['edited a 5']);
  }
});

it('finds what was removed from the middle, and from the beginning', async () => {
  expect(await verify(without(a, 4, 5, 6))).toEqual([{ kind: 'missing', stream: 'a', seq: 4, to: 6 }]);
  expect(await verify(without(a, 1, 2))).toEqual([{ kind: 'missing', stream: 'a', seq: 1, to: 2 }]);
});

it('finds a swap: neither of the two says what it said in that place', async () => {
  const swapped = a.map((record) => {
    if (record.seq === 3) return { ...at(a, 7), seq: 3 };
    return record.seq === 7 ? { ...at(a, 3), seq: 7 } : record;
  });
  expect(kinds(await verify(swapped))).toEqual(['edited a 3', 'edited a 7']);
});

it('finds removed events also when the others were numbered anew', async () => {
  const renumbered = without(a, 4).map((record) => (record.seq > 4 ? { ...record, seq: record.seq - 1 } : record));
  expect(kinds(await verify(renumbered, { heads: [headOf(a)] }))).toEqual([
    ...[4, 5, 6, 7, 8, 9].map((seq) => `edited a ${seq}`),
    'cut a 10',
  ]);
});

it('finds a cut of the last lines by what was published elsewhere', async () => {
  expect(await verify(without(a, 9, 10))).toEqual([]);
  expect(await verify(without(a, 9, 10), { heads: [headOf(a)] })).toEqual([
    { kind: 'cut', stream: 'a', seq: 9, to: 10 },
  ]);
  const { stream, seq, mac } = headOf(a);
  const heads = headsInLog(`12:00:00.000 info [Audit] head ${stream} ${seq} ${mac}\nelse`);
  expect(await verify(without(a, 10), { heads })).toEqual([{ kind: 'cut', stream: 'a', seq: 10, to: 10 }]);
});

it('finds a stream that was removed as a whole, by the checkpoint of another one', async () => {
  const { stream, seq, mac } = headOf(a);
  const told = cleanEntry({ code: 'audit.checkpoint', outcome: 'ok', data: { heads: [{ stream, seq, mac }] } });
  const c = chainOf('c', 2, KEYS, [told]);
  expect(await verify([...a, ...c])).toEqual([]);
  expect(await verify(c)).toEqual([{ kind: 'cut', stream: 'a', seq: 1, to: 10 }]);
});

it('finds a history that somebody wrote anew without the key, and rows that were put in', async () => {
  expect(await verify(chainOf('a', 3, OTHERS))).toHaveLength(3);
  expect(kinds(await verify([...a, ...chainOf('z', 1, OTHERS)]))).toEqual(['edited z 1']);
  expect(kinds(await verify([...a, at(a, 4)]))).toEqual(['repeated a 4']);
});

it('finds a genuine event that follows another one than it followed', async () => {
  const fork = chainOf('a', 10, KEYS, [cleanEntry({ code: 'auth.logout', outcome: 'ok' })]);
  expect(kinds(await verify([...a.slice(0, 5), ...fork.slice(5)]))).toEqual(['misplaced a 6']);
});

it('still believes what the key before signed', async () => {
  const [now, before] = ['the new key of this installation, 32', 'the key of this installation, 32 bytes'];
  expect(await verify(a, { keys: new AuditKeys(now, before) })).toEqual([]);
});

describe('after a month was dropped', () => {
  const checkpoint: RetainedCheckpoint = {
    ...{ stream: 'a', firstSeq: 1, lastSeq: 6, lastMac: at(a, 6).mac },
    ...{ month: '2030-01-01', madeAt: '2031-01-01T00:00:00.000Z' },
  };
  const row = (content: RetainedCheckpoint, keys = KEYS): RetainedCheckpointRow => ({
    stream: content.stream,
    first_seq: String(content.firstSeq),
    last_seq: String(content.lastSeq),
    last_mac: content.lastMac,
    month: content.month,
    made_at: new Date(content.madeAt),
    signature: keys.sign('checkpoint', content),
  });
  const rest = a.slice(6);

  it('goes on from the signed checkpoint', async () => {
    expect(await verify(rest, { checkpoints: [row(checkpoint)], heads: [headOf(a)] })).toEqual([]);
    expect(await verify([], { checkpoints: [row(checkpoint)], heads: [at(a, 6)] })).toEqual([]);
  });

  it('finds what is missing without one, and what is missing beside it', async () => {
    expect(kinds(await verify(rest))).toEqual(['missing a 1']);
    expect(kinds(await verify(a.slice(7), { checkpoints: [row(checkpoint)] }))).toEqual(['missing a 7']);
  });

  it('believes no checkpoint that was made without the key, or says more than was signed', async () => {
    const forged = row(checkpoint, OTHERS);
    expect(kinds(await verify(rest, { checkpoints: [forged] }))).toEqual(['forged-checkpoint a 1', 'missing a 1']);
    const stretched = { ...row(checkpoint), last_seq: '8', last_mac: at(a, 8).mac };
    expect(kinds(await verify(a.slice(8), { checkpoints: [stretched] }))).toEqual([
      'forged-checkpoint a 1',
      'missing a 1',
    ]);
  });
});
