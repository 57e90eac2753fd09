import path from 'node:path';
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/environment';
import { errorMessage } from '../infrastructure/startup-error';
import { Clock } from '../kernel/clock';
import type { NanoDollars } from './claude-prices';
import { ClaudeLedger } from './ledger/claude-ledger';
import { dayOf, type Running, type Spending, type SpendingEntry } from './spending';
import { SpendingJournal } from './spending-journal';
import { NO_TOKENS, type TokenUsage } from './token-usage';

/** Entries that wait until the leader before has ended its last request: minutes of the busiest machine. */
const MAX_UNWRITTEN = 10_000;

/**
 * What this machine spends: in memory, in the journal, in the ledger. The first who asks reads the journal. A leader that has stepped
 * down may still write it; until that one has gone, what it had running counts as held, and entries of here wait in memory.
 */
@Injectable()
export class SpendingBook implements OnApplicationShutdown {
  private readonly log = new Logger(SpendingBook.name);
  private readonly journal: SpendingJournal;
  private opened: Spending | undefined;
  private readonly unwritten: SpendingEntry[] = [];
  private isFailing = false;

  constructor(
    @Inject(CONFIG) { dataDir }: Config,
    private readonly clock: Clock,
    private readonly ledger: ClaudeLedger,
  ) {
    this.journal = new SpendingJournal(path.join(dataDir, 'claude', 'usage'), (error) => this.onProblem(error));
  }

  /** As of today. */
  get spending(): Spending {
    const spending = this.journal.isOwned && this.opened ? this.opened : this.open();
    spending.enter(dayOf(this.clock.now()));
    return spending;
  }

  reserve(running: Running): void {
    this.write({ kind: 'reserved', running });
  }

  /** False: it was settled before. */
  charge(running: Running, nano: NanoDollars, usage: TokenUsage, complete: boolean): boolean {
    if (!this.spending.isRunning(running.id)) return false;
    // First the ledger: whoever dies here charges what was held, and the ledger keeps what was used.
    this.ledger.add({ running, usage, nano, complete });
    this.write({ kind: 'charged', id: running.id, nano, usage });
    return true;
  }

  release(id: string): void {
    if (this.spending.isRunning(id)) this.write({ kind: 'released', id });
  }

  onApplicationShutdown(): void {
    this.journal.close();
  }

  private write(entry: SpendingEntry): void {
    const { spending } = this;
    spending.apply(entry);
    if (this.journal.isOwned) this.journal.append(entry, spending);
    else if (this.unwritten.length < MAX_UNWRITTEN) this.unwritten.push(entry);
  }

  private open(): Spending {
    if (this.journal.tryOwn()) return (this.opened = this.takeOver());
    return (this.opened ??= this.journal.load());
  }

  /** Requests that were cut off with the leader before used nobody knows how much: what was held for them is charged. */
  private takeOver(): Spending {
    const spending = this.journal.load();
    for (const running of spending.running) {
      const { id, nano } = running;
      this.ledger.add({ running, usage: NO_TOKENS, nano, complete: false });
      spending.apply({ kind: 'charged', id, nano, usage: NO_TOKENS });
    }
    for (const entry of this.unwritten.splice(0)) spending.apply(entry);
    this.journal.write(spending);
    return spending;
  }

  private onProblem(error: unknown): void {
    // Once, not for each of thousands.
    if (!this.isFailing) this.log.error(`The journal of Claude's spending fails: ${errorMessage(error)}`);
    this.isFailing = true;
  }
}
