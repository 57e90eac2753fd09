import type { ClaudePermission, ClaudePermissionAnswer, Opened } from '@holdfast/protocol';
import { Emitter } from './emitter';
import { ClientClaude } from './terminal-claude';
import type { TerminalEvents } from './types';

class FakeTerminal extends Emitter<TerminalEvents> {
  readonly answers: ClaudePermissionAnswer[] = [];
  continued = 0;
  dismissed = 0;

  answerPermission(answer: ClaudePermissionAnswer): void {
    this.answers.push(answer);
  }

  continueClaude(): void {
    this.continued++;
  }

  dismissClaude(): void {
    this.dismissed++;
  }

  /** As the server tells after `opened`. */
  open(permissions: readonly ClaudePermission[], state: 'waiting' | 'needs_permission'): void {
    this.emit('opened', {} as Opened);
    for (const permission of permissions) this.emit('claude.permission', permission);
    this.emit('claude.state', { state, since: 1 });
  }
}

const permission = (id: string): ClaudePermission => ({
  id,
  kind: 'permission',
  tool: 'Bash',
  detail: 'ls',
  since: 1,
  answerable: true,
});

function setUp(): { terminal: FakeTerminal; claude: ClientClaude; settled: string[]; lists: string[][] } {
  const terminal = new FakeTerminal();
  const claude = new ClientClaude(terminal);
  const settled: string[] = [];
  const lists: string[][] = [];
  claude.on('settled', ({ permissionId }) => settled.push(permissionId));
  claude.on('permissions', (all) => lists.push(all.map(({ id }) => id)));
  return { terminal, claude, settled, lists };
}

describe('the Claude session in a terminal', () => {
  it('is unknown until the server tells of it', () => {
    const { claude } = setUp();
    expect([claude.state, claude.permissions, claude.usage, claude.notice]).toEqual([
      undefined,
      [],
      undefined,
      undefined,
    ]);
  });

  it('knows what waits for an answer', () => {
    const { terminal, claude, settled, lists } = setUp();
    terminal.open([permission('a')], 'needs_permission');
    terminal.emit('claude.permission', permission('b'));
    terminal.emit('claude.permission.settled', { permissionId: 'a', decision: 'allow' });
    expect(claude.permissions.map(({ id }) => id)).toEqual(['b']);
    expect([settled, lists]).toEqual([['a'], [['a'], ['a', 'b'], ['b']]]);
  });

  it('finds out after a reconnect what was settled meanwhile, and does not ask the rest again', () => {
    const { terminal, claude, settled } = setUp();
    terminal.open([permission('a'), permission('b')], 'needs_permission');
    terminal.open([permission('b')], 'needs_permission');
    expect(claude.permissions.map(({ id }) => id)).toEqual(['b']);
    expect(settled).toEqual(['a']);
  });

  it('shows a notice for as long as it is active', () => {
    const { terminal, claude } = setUp();
    terminal.emit('claude.notice', { kind: 'interrupted', active: true, text: 'x' });
    expect(claude.notice?.kind).toBe('interrupted');
    terminal.emit('claude.notice', { kind: 'interrupted', active: false, text: 'x' });
    expect(claude.notice).toBeUndefined();
  });

  it('answers, goes on and leaves', () => {
    const { terminal, claude } = setUp();
    claude.answer('a', 'deny', { message: 'no' });
    claude.continue();
    claude.dismiss();
    expect(terminal.answers).toEqual([{ permissionId: 'a', decision: 'deny', message: 'no' }]);
    expect([terminal.continued, terminal.dismissed]).toEqual([1, 1]);
  });
});
