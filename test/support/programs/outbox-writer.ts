/**
 * Appends numbers from FIRST on to the outbox in DIRECTORY, which drains to the database at URL, until it is killed. Prints each
 * number once the outbox has it: `durable N`, `memory N`, or `full` when it is refused.
 */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Outbox } from '../../../src/infrastructure/outbox/outbox';
import { OutboxFullError } from '../../../src/infrastructure/outbox/outbox-full.error';
import { SystemClock } from '../../../src/kernel/clock';
import { insertNumbers, NUMBER, PoolDatabase } from '../outbox-database';

const STDOUT = 1;
/** Between bursts, so that draining, syncing and appending fall into every order. */
const PAUSE_MS = 2;
const BURST = 20;

async function main([directory = '', url = '', first = '0']: readonly string[]): Promise<void> {
  const database = new PoolDatabase(url);
  const outbox = await Outbox.open({ directory, maxBytes: 2 ** 30, database, clock: new SystemClock() });
  outbox.register(NUMBER, insertNumbers);
  outbox.start();
  for (let n = Number(first); ;) {
    for (const end = n + BURST; n < end; n++) fs.writeSync(STDOUT, `${append(outbox, n)}\n`);
    await sleep(PAUSE_MS);
  }
}

function append(outbox: Outbox, n: number): string {
  try {
    return `${outbox.append(NUMBER, n)} ${n}`;
  } catch (error) {
    if (error instanceof OutboxFullError) return 'full';
    throw error;
  }
}

void main(process.argv.slice(2));
