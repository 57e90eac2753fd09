import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type Config } from '../../../config/environment';
import { Outbox } from '../../infrastructure/outbox/outbox';
import { errorMessage } from '../../infrastructure/startup-error';
import type { NanoDollars } from '../claude-prices';
import { dayOf, type Running } from '../spending';
import type { TokenUsage } from '../token-usage';
import { CLAUDE_REQUEST_RECORD, type ClaudeRequestRecord, ledgerHandler } from './ledger-handler';

/** What a request came to. */
export interface LedgerEntry {
  readonly running: Running;
  readonly usage: TokenUsage;
  readonly nano: NanoDollars;
  readonly complete: boolean;
}

/** Every request and what it used, on its way to PostgreSQL through the outbox; the same request twice is there once. */
@Injectable()
export class ClaudeLedger implements OnModuleInit {
  private readonly log = new Logger(ClaudeLedger.name);
  private isLosing = false;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly outbox: Outbox,
  ) {}

  onModuleInit(): void {
    this.outbox.register(CLAUDE_REQUEST_RECORD, ledgerHandler(this.config.claudeUsage.retentionDays));
  }

  /** Never throws: what cannot be kept still counts in the budgets of this machine. */
  add({ running, usage, nano, complete }: LedgerEntry): void {
    const { id, at, spender, model } = running;
    const { userId, projectId, sessionId, purpose } = spender;
    const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = usage;
    const record: ClaudeRequestRecord = {
      ...{ day: dayOf(at), at, node: this.config.nodeName, userId, projectId, sessionId, purpose, model },
      ...{ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costNano: nano, complete },
    };
    try {
      this.outbox.append(CLAUDE_REQUEST_RECORD, record, { id });
      this.isLosing = false;
    } catch (error) {
      // Once, not for each of thousands.
      if (!this.isLosing) this.log.error(`What Claude requests used cannot be written down: ${errorMessage(error)}`);
      this.isLosing = true;
    }
  }
}
