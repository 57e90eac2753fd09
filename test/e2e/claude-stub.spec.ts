import { describeClaudeCli } from '../contract/claude-cli.contract';
import { stubClaude } from '../support/claude/claude-programs';

describeClaudeCli('the stub', stubClaude);
