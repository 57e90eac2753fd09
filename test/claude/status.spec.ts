import { describeClaudeStatus } from '../contract/claude-status.contract';
import { describeWithClaude } from '../support/claude/claude-programs';

describeWithClaude('Claude sessions', (file) => describeClaudeStatus('the real CLI', () => file));
