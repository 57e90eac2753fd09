import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ClaudeBudgets, type ClaudeSpender, type Refusal } from '../../claude-usage/claude-budgets';
import { ClaudeUsageNumbers } from '../../claude-usage/claude-usage-numbers';
import { Disposables } from '../../kernel/disposables';
import type { ClaudeRecord } from '../records/claude-record';
import { ClaudeStatus } from './claude-status';

/** What a session costs, and that its budget is used up, as its record says it. In the leader only: nobody else spends. */
@Injectable()
export class UsageNotes implements OnModuleInit, OnModuleDestroy {
  private readonly undo = new Disposables();

  constructor(
    private readonly budgets: ClaudeBudgets,
    private readonly numbers: ClaudeUsageNumbers,
    private readonly status: ClaudeStatus,
  ) {}

  onModuleInit(): void {
    for (const subscription of [
      this.budgets.events.on('charged', ({ spender }) => this.note(spender, (record) => this.charged(record, spender))),
      this.budgets.events.on('refused', (refusal) => this.refused(refusal)),
    ]) {
      this.undo.add(() => subscription.dispose());
    }
  }

  onModuleDestroy(): void {
    this.undo.dispose();
  }

  private charged(record: ClaudeRecord, spender: ClaudeSpender): ClaudeRecord {
    const usage = this.numbers.of(spender);
    // Something could be paid again.
    return { ...record, usage, ...(record.notice?.kind === 'budget' && { notice: undefined }) };
  }

  private refused({ spender, message, retryable }: Refusal): void {
    // It goes on by itself.
    if (retryable) return;
    this.note(spender, (record) => {
      // What waits to be continued, or was lost, matters more.
      if (record.notice?.active && record.notice.kind !== 'budget') return record;
      return { ...record, notice: { kind: 'budget', active: true, text: message } };
    });
  }

  private note({ purpose, sessionKey }: ClaudeSpender, change: (record: ClaudeRecord) => ClaudeRecord): void {
    if (purpose !== 'session') return;
    // A record that cannot be written now is written after the next request.
    this.status.change(sessionKey, (record) => record && change(record)).catch(() => undefined);
  }
}
