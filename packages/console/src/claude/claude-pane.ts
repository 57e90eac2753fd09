import type { Terminal } from '@holdfast/client';
import type { ClaudeNotice, ClaudePermission, ClaudeState } from '@holdfast/protocol';
import type { Answer } from './card';
import { CardDeck } from './card-deck';
import { ClaudeBanner } from './claude-banner';
import { SleepVeil } from './sleep-veil';
import { StatusLine } from './status-line';

export interface ClaudePaneDeps {
  /** Of the one who looks at this page. */
  readonly userId: string;
  /** Where the notices of the pane are. */
  readonly banners: HTMLElement;
  readonly focusTerminal: () => void;
  /** Starts the process of a session again that was put to sleep. */
  readonly wake: () => void;
  readonly onState: (state: ClaudeState) => void;
}

/** What a Claude session's tab has besides its terminal. */
export class ClaudePane {
  private readonly deck: CardDeck;
  private readonly line: StatusLine;
  private readonly banner: ClaudeBanner;
  private readonly veil: SleepVeil;
  private terminal: Terminal | undefined;

  constructor(private readonly deps: ClaudePaneDeps) {
    const leave = deps.focusTerminal;
    this.deck = new CardDeck({ answer: (permission, answer) => this.answer(permission, answer), leave }, deps.userId);
    this.line = new StatusLine(this.deck.chip);
    this.banner = new ClaudeBanner(deps.banners, {
      resume: () => this.terminal?.claude.continue(),
      dismiss: () => this.terminal?.claude.dismiss(),
    });
    this.veil = new SleepVeil(deps.wake);
  }

  /** Above the terminal. */
  get bar(): HTMLElement {
    return this.line.element;
  }

  /** Over the terminal. */
  get overlays(): readonly HTMLElement[] {
    return [this.veil.element, this.deck.element];
  }

  bind(terminal: Terminal): void {
    this.terminal = terminal;
    const { claude } = terminal;
    terminal.on('opened', () => {
      this.veil.hide();
      this.showRole(terminal);
    });
    terminal.on('role', () => this.showRole(terminal));
    claude.on('state', (state) => this.showState(state));
    claude.on('usage', (usage) => this.line.showUsage(usage));
    claude.on('permissions', (permissions) => this.deck.show(permissions));
    claude.on('settled', (settled) => this.deck.tell(settled));
    claude.on('notice', (notice) => this.showNotice(notice));
    terminal.on('exit', ({ reason }) => this.ended(reason === 'hibernated'));
    terminal.on('closed', () => this.clear());
  }

  /** The keys of the terminal below, which has the focus, wake it. */
  listenTo(pane: HTMLElement): void {
    this.veil.listenTo(pane);
  }

  sleep(since: number, mayWake: boolean): void {
    if (!this.terminal) this.showState({ state: 'hibernated', since });
    this.veil.show(mayWake);
  }

  setShown(shown: boolean): void {
    this.line.setShown(shown);
  }

  /** The server said no. True when that was about an answer given on a card, which says so. */
  refused(message: string): boolean {
    return this.deck.fail(message);
  }

  /** Brings the keyboard to what waits for an answer. False when nothing does. */
  focusCard(): boolean {
    return this.deck.focus();
  }

  dispose(): void {
    this.line.setShown(false);
    this.deck.dispose();
  }

  private answer({ id }: ClaudePermission, { decision, ...more }: Answer): void {
    this.terminal?.claude.answer(id, decision, more);
  }

  private showState(state: ClaudeState): void {
    this.line.show(state);
    this.deps.onState(state);
  }

  private showNotice(notice: ClaudeNotice): void {
    this.banner.show(notice.active ? notice : undefined);
  }

  private showRole({ role }: Terminal): void {
    this.deck.setMayAnswer(role === 'writer');
    this.banner.setMayAct(role === 'writer');
  }

  private ended(hibernated: boolean): void {
    this.clear();
    const told = this.terminal?.claude.state?.state;
    // The server says it, too, to those who still listen, and knows better what can be started again.
    if (told === 'hibernated' || told === 'exited') return;
    this.showState({ state: hibernated ? 'hibernated' : 'exited', since: Date.now() });
  }

  private clear(): void {
    this.deck.show([]);
    this.banner.show(undefined);
  }
}
