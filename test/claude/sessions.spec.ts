import { describeClaudeSessions } from '../contract/claude-sessions.contract';
import { describeWithClaude } from '../support/claude/claude-programs';

describeWithClaude('Claude sessions', (file) => describeClaudeSessions('the real CLI', () => file));
