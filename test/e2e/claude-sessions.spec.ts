import { describeClaudeSessions } from '../contract/claude-sessions.contract';
import { stubClaude } from '../support/claude/claude-programs';

describeClaudeSessions('the stub', stubClaude);
