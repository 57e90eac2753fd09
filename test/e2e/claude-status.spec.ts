import { describeClaudeStatus } from '../contract/claude-status.contract';
import { stubClaude } from '../support/claude/claude-programs';

describeClaudeStatus('the stub', stubClaude);
