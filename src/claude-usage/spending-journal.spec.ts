import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Spending, type SpendingEntry } from './spending';
import { SpendingJournal } from './spending-journal';
import { spender } from './test-support/budget-rig';
import { NO_TOKENS } from './token-usage';

const NOON = Date.UTC(2030, 0, 1, 12);

let directory: string;
let problems: unknown[];
let open: SpendingJournal[];
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hf-journal-'));
  [problems, open] = [[], []];
});
afterEach(() => {
  for (const journal of open) journal.close();
  fs.rmSync(directory, { recursive: true, force: true });
});

function journal(): SpendingJournal {
  const made = new SpendingJournal(path.join(directory, 'usage'), (problem) => problems.push(problem));
  open.push(made);
  return made;
}

/** As a leader does it; `count` requests of a billionth each. */
function spend(count: number): { spending: Spending; writer: SpendingJournal } {
  const writer = journal();
  expect(writer.tryOwn()).toBe(true);
  const spending = writer.load();
  for (let number = 0; number < count; number++) {
    const id = `r${number}`;
    const running = { id, at: NOON, spender: spender('alice'), model: 'm', conversation: true, nano: 5 };
    const entries: SpendingEntry[] = [
      { kind: 'reserved', running },
      { kind: 'charged', id, nano: 1, usage: { ...NO_TOKENS, inputTokens: 1 } },
    ];
    for (const entry of entries) {
      spending.apply(entry);
      writer.append(entry, spending);
    }
  }
  return { spending, writer };
}

function logs(): string[] {
  return fs.readdirSync(path.join(directory, 'usage')).filter((name) => name.startsWith('log-'));
}

describe('The journal of spending', () => {
  it('gives the next process the same state, over any number of snapshots, and stays small', () => {
    const { spending, writer } = spend(5_000);
    writer.close();
    const next = journal().load();
    expect(next.snapshot()).toEqual(spending.snapshot());
    expect(next.ofUser('alice')).toBe(5_000);
    expect(logs()).toHaveLength(1);
    expect(problems).toEqual([]);
  });

  it('belongs to one process at a time', () => {
    const { writer } = spend(1);
    const other = journal();
    expect(other.tryOwn()).toBe(false);
    writer.close();
    expect(other.tryOwn()).toBe(true);
    expect(writer.tryOwn()).toBe(false);
  });

  it('does without the half line that a killed process left', () => {
    spend(3).writer.close();
    fs.appendFileSync(path.join(directory, 'usage', logs()[0] ?? ''), '{"kind":"reserved","runn');
    expect(journal().load().ofUser('alice')).toBe(3);
  });

  it('begins with nothing when its snapshot is damaged, and says nothing wrong', () => {
    spend(3).writer.close();
    fs.writeFileSync(path.join(directory, 'usage/state.json'), '{"generation": 1, "spending": {"total": -4}}');
    expect(journal().load().total).toBe(0);
  });

  it('says what fails and goes on in memory', () => {
    const { spending, writer } = spend(1);
    fs.rmSync(path.join(directory, 'usage'), { recursive: true });
    fs.writeFileSync(path.join(directory, 'usage'), 'something else');
    writer.write(spending);
    writer.append({ kind: 'released', id: 'r9' }, spending);
    expect(problems).toHaveLength(2);
    expect(journal().load().total).toBe(0);
  });
});
