import { Global, Module } from '@nestjs/common';
import { ClaudeProgramModule } from '../claude-terminal/launch/claude-program.module';
import { ClaudeHealth } from '../health/claude-health';
import { ClaudeAvailability } from './claude-availability';
import { ClaudeBudgetsModule } from './claude-budgets.module';
import { ClaudeHealthProbe } from './claude-health-probe';
import { ClaudeRequestAudit } from './claude-request-audit';
import { LedgerTotals } from './ledger/ledger-totals';
import { AdminBudgetsController } from './rest/admin-budgets.controller';
import { AdminClaudeController } from './rest/admin-claude.controller';
import { ClaudeController } from './rest/claude.controller';
import { UsageReports } from './rest/usage-reports';

/** What people see of Claude's cost and whether it can be had. Global, because health says it, too. */
@Global()
@Module({
  imports: [ClaudeBudgetsModule, ClaudeProgramModule],
  controllers: [ClaudeController, AdminClaudeController, AdminBudgetsController],
  providers: [
    ClaudeAvailability,
    ClaudeRequestAudit,
    LedgerTotals,
    UsageReports,
    { provide: ClaudeHealth, useClass: ClaudeHealthProbe },
  ],
  exports: [ClaudeHealth],
})
export class ClaudeUsageModule {}
