import type { ClaudePermission } from '@holdfast/protocol';
import { askOf, feedbackOf, obstacleOf } from './permission-words';

const permission: ClaudePermission = {
  id: 'p',
  kind: 'permission',
  tool: 'Bash',
  detail: 'ls',
  since: 0,
  answerable: true,
};
const bob = { id: 'bob', email: 'bob@test.local' };

describe('the words of a permission', () => {
  it('ask for what the tool does', () => {
    expect(askOf(permission)).toBe('Run this command?');
    expect(askOf({ kind: 'permission', tool: 'mcp__github__create_issue' })).toBe('Use create_issue of github?');
    expect(askOf({ kind: 'permission', tool: 'New\u202eTool' })).toBe('Use NewU+202ETool?');
    expect(askOf({ kind: 'question', tool: 'AskUserQuestion' })).toBe('Claude asks');
  });

  it('say who answered first', () => {
    const by = (decision: 'allow' | 'deny' | undefined, who?: typeof bob) => ({
      permissionId: 'p',
      decision,
      by: who,
    });
    expect(feedbackOf(by('allow', bob), 'bob', true)).toBe('You allowed it.');
    expect(feedbackOf(by('deny', bob), 'me', false)).toBe('bob@test.local denied it.');
    expect(feedbackOf(by('deny', bob), 'me', true)).toBe('bob@test.local was faster, and denied it.');
    expect(feedbackOf(by(undefined), 'me', false)).toBe('It was answered in the terminal.');
    expect(feedbackOf(by('allow'), 'me', true)).toBe('It was allowed in the terminal first.');
  });

  it('say why somebody cannot answer', () => {
    expect(obstacleOf(permission, true)).toBeUndefined();
    expect(obstacleOf(permission, false)).toMatch(/may type/);
    expect(obstacleOf({ ...permission, answerable: false }, true)).toMatch(/in the terminal/);
  });
});
