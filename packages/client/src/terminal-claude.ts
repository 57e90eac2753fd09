import type {
  ClaudeDecision,
  ClaudeNotice,
  ClaudePermission,
  ClaudePermissionAnswer,
  ClaudeState,
  ClaudeUsage,
} from '@holdfast/protocol';
import { Emitter } from './emitter';
import type { ClaudeEvents, Subscription, TerminalClaude, TerminalEvents } from './types';

/** What {@link ClientClaude} needs of its terminal. */
export interface ClaudeTerminal {
  on<K extends keyof TerminalEvents>(event: K, listener: (payload: TerminalEvents[K]) => void): Subscription;
  answerPermission(answer: ClaudePermissionAnswer): void;
  continueClaude(): void;
  dismissClaude(): void;
}

/** The Claude session in a terminal, as the server last told of it. */
export class ClientClaude implements TerminalClaude {
  state: ClaudeState | undefined;
  usage: ClaudeUsage | undefined;
  notice: ClaudeNotice | undefined;
  private waiting = new Map<string, ClaudePermission>();
  /** Of before the current connection, until the server has told of all that still wait. */
  private stale = new Set<string>();
  private readonly events = new Emitter<ClaudeEvents>();

  constructor(private readonly terminal: ClaudeTerminal) {
    terminal.on('opened', () => (this.stale = new Set(this.waiting.keys())));
    terminal.on('claude.permission', (permission) => this.asked(permission));
    terminal.on('claude.permission.settled', (settled) => {
      if (this.waiting.delete(settled.permissionId)) this.tellPermissions();
      this.events.emit('settled', settled);
    });
    terminal.on('claude.state', (state) => {
      this.forgetStale();
      this.state = state;
      this.events.emit('state', state);
    });
    terminal.on('claude.usage', (usage) => this.events.emit('usage', (this.usage = usage)));
    terminal.on('claude.notice', (notice) => {
      this.notice = notice.active ? notice : undefined;
      this.events.emit('notice', notice);
    });
  }

  get permissions(): readonly ClaudePermission[] {
    return [...this.waiting.values()];
  }

  on<K extends keyof ClaudeEvents>(event: K, listener: (payload: ClaudeEvents[K]) => void): Subscription {
    return this.events.on(event, listener);
  }

  answer(permissionId: string, decision: ClaudeDecision, more: Parameters<TerminalClaude['answer']>[2] = {}): void {
    this.terminal.answerPermission({ permissionId, decision, ...more });
  }

  continue(): void {
    this.terminal.continueClaude();
  }

  dismiss(): void {
    this.terminal.dismissClaude();
  }

  private asked(permission: ClaudePermission): void {
    this.stale.delete(permission.id);
    this.waiting.set(permission.id, permission);
    this.tellPermissions();
  }

  /** The state comes after everything that is asked: what was not told again was settled meanwhile. */
  private forgetStale(): void {
    if (this.stale.size === 0) return;
    const { stale } = this;
    this.stale = new Set();
    for (const id of stale) this.waiting.delete(id);
    this.tellPermissions();
    for (const permissionId of stale) this.events.emit('settled', { permissionId });
  }

  private tellPermissions(): void {
    this.events.emit('permissions', this.permissions);
  }
}
