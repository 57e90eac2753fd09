import { describeClaudeCli } from '../contract/claude-cli.contract';
import { describeWithClaude } from '../support/claude/claude-programs';

describeWithClaude('what Holdfast builds upon', (file) => describeClaudeCli('the real Claude Code', () => file));
