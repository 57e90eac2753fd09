import { MAX_CLAUDE_DETAIL } from '@holdfast/protocol';
import type { PendingPermission } from '../records/claude-record';
import { parseHook, type PermissionRequest } from './claude-hook';
import { permissionOf } from './permission-text';

function asked(tool_name: string, tool_input: object, more: object = {}): PendingPermission {
  const hook = parseHook(JSON.stringify({ hook_event_name: 'PermissionRequest', tool_name, tool_input, ...more }));
  return permissionOf(hook as PermissionRequest, 'p1', 1_000);
}

describe('what a permission card shows', () => {
  it('is the whole command, and where it runs', () => {
    expect(asked('Bash', { command: 'make\nrm -r build' }, { cwd: '/work' })).toEqual({
      id: 'p1',
      kind: 'permission',
      tool: 'Bash',
      detail: 'make\nrm -r build',
      path: '/work',
      since: 1_000,
      answerable: true,
      match: expect.any(String) as string,
    });
  });

  it('shows what a command hides', () => {
    expect(asked('Bash', { command: 'echo ok\x1b[8m; rm -rf /\x1b[0m\u202e' }).detail).toBe(
      'echo ok\ufffd[8m; rm -rf /\ufffd[0m\ufffd',
    );
  });

  it('is a diff for an edit', () => {
    const { detail, path } = asked('Edit', {
      file_path: '/a.txt',
      old_string: 'one\ntwo\n',
      new_string: 'one\nthree\n',
    });
    expect(detail).toBe('--- /a.txt\n+++ /a.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+three');
    expect(path).toBe('/a.txt');
  });

  it('is a diff of every edit of several', () => {
    const edits = [
      { old_string: 'a', new_string: 'b' },
      { old_string: 'c', new_string: '' },
    ];
    expect(asked('MultiEdit', { file_path: 'f', edits }).detail).toBe(
      '--- f\n+++ f\n@@ -1,1 +1,1 @@\n-a\n+b\n@@ -1,1 +0,0 @@\n-c',
    );
  });

  it('is everything that is written', () => {
    expect(asked('Write', { file_path: 'f', content: 'a\nb\n' }).detail).toBe('--- f\n+++ f\n@@ -0,0 +1,2 @@\n+a\n+b');
  });

  it('is the plan, and the arguments of tools nobody knows', () => {
    expect(asked('ExitPlanMode', { plan: '1. look' }).detail).toBe('1. look');
    expect(asked('mcp__x__y', { a: [1] }).detail).toBe('{\n  "a": [\n    1\n  ]\n}');
  });

  it('says that it was cut', () => {
    const { detail, truncated } = asked('Bash', { command: 'x'.repeat(MAX_CLAUDE_DETAIL + 1) });
    expect(detail).toHaveLength(MAX_CLAUDE_DETAIL);
    expect(truncated).toBe(true);
  });

  it('has the questions that are asked', () => {
    const questions = [
      { question: 'Which?', header: 'H', multiSelect: false, options: [{ label: 'Red\x07', description: 'r' }] },
    ];
    expect(asked('AskUserQuestion', { questions })).toMatchObject({
      kind: 'question',
      detail: 'Which?\n- Red',
      questions: [
        { question: 'Which?', header: 'H', multiSelect: false, options: [{ label: 'Red', description: 'r' }] },
      ],
    });
  });

  it('shows questions that are none as arguments', () => {
    expect(asked('AskUserQuestion', { questions: 'no' })).toMatchObject({
      kind: 'permission',
      detail: '{\n  "questions": "no"\n}',
    });
  });

  it('says in a line what would be remembered', () => {
    const permission_suggestions = [
      {
        type: 'addRules',
        rules: [{ toolName: 'Bash', ruleContent: 'npm test:*' }],
        behavior: 'allow',
        destination: 'session',
      },
      'nonsense',
    ];
    expect(asked('Bash', { command: 'npm test' }, { permission_suggestions }).remember).toBe('Bash(npm test:*)');
    expect(asked('Bash', { command: 'npm test' }).remember).toBeUndefined();
  });

  it.each([
    ['a number for a command', { command: 7 }],
    ['edits that are none', { edits: { length: 5 } }],
    ['a prototype', JSON.parse('{"__proto__":{"command":"x"}}')],
  ])('bears %s', (_name, input: object) => {
    expect(typeof asked('Bash', input).detail).toBe('string');
  });

  it('does not grow by being deep', () => {
    let deep: unknown = Array.from({ length: 500 }, () => 1);
    for (let depth = 0; depth < 3_000; depth++) deep = [deep];
    expect(asked('x', { deep }).detail.length).toBeLessThan(8_000);
  });
});
