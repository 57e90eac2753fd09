import type { Client, OpenOptions, Terminal } from '@holdfast/client';
import type { ClaudeState, Role } from '@holdfast/protocol';
import { ClaudePane } from './claude/claude-pane';
import type { Size } from './size';
import { InputReports } from './input-reports';
import { lostSentence } from './lost-output';
import { Observable } from './observable';
import type { ExitStatus } from './pane-notices';
import { PanePeople } from './pane-people';
import { labelOf, newLabelOf, type Gateway } from './session-label';
import { canResume } from './session-over';
import { TerminalView, type ViewDeps } from './terminal-view';

export interface SessionRef {
  readonly projectId: string;
  /** Absent: a new session. */
  readonly sessionId?: string;
  readonly name?: string | null;
  /** Absent: a terminal. */
  readonly gateway?: Gateway;
  /** Since when its process is ended to save memory, in Unix milliseconds: it starts when somebody wants it to. */
  readonly asleepSince?: number;
}

export interface TabState extends SessionRef {
  readonly title: string;
  readonly phase: 'opening' | 'running' | 'asleep' | 'ended' | 'failed';
  readonly claude?: ClaudeState;
  readonly exit?: ExitStatus;
  readonly role?: Role;
  readonly unread: boolean;
  readonly bell: boolean;
}

export interface TabActions {
  close(tab: SessionTab): void;
  openNew(gateway: Gateway): void;
  forceSize(tab: SessionTab, size: Size): void;
  contextMenu(tab: SessionTab, event: MouseEvent): void;
  /** The list of sessions is no longer what it was. */
  changed(): void;
}

export interface TabDeps extends ViewDeps {
  readonly clientOf: (gateway: Gateway) => Client;
  readonly actions: TabActions;
  /** Who looks at this page. */
  readonly userId: string;
}

/** A host that is lost again and again does not get a new process from this page each time. */
const RESTART_INTERVAL_MS = 30_000;

/** An opened tab: one attachment to a session and its view. */
export class SessionTab {
  readonly state: Observable<TabState>;
  readonly view: TerminalView;
  readonly gateway: Gateway;
  /** Of a Claude session. */
  readonly claude: ClaudePane | undefined;
  private readonly people: PanePeople;
  private readonly reports: InputReports;
  private readonly client: Client;
  private terminal: Terminal | undefined;
  private active = false;
  private left = false;
  private wanted: { readonly role: Role; readonly size: Size } | undefined;
  private restartedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly deps: TabDeps,
    ref: SessionRef,
  ) {
    this.state = new Observable<TabState>({ ...ref, title: '', phase: 'opening', unread: false, bell: false });
    this.gateway = ref.gateway ?? 'terminal';
    this.client = deps.clientOf(this.gateway);
    this.reports = new InputReports(deps.toasts, () => this.label);
    this.view = new TerminalView(deps, {
      close: () => deps.actions.close(this),
      openNew: () => deps.actions.openNew(this.gateway),
      newLabel: newLabelOf(this.gateway),
      input: (bytes) => this.send(bytes),
      forceSize: (size) => deps.actions.forceSize(this, size),
      contextMenu: (event) => deps.actions.contextMenu(this, event),
    });
    this.people = new PanePeople(deps.toasts, deps.userId);
    this.view.area.append(...this.people.elements);
    this.claude = this.gateway === 'claude' ? this.makeClaude() : undefined;
    this.view.xterm.onBell(() => this.isLookedAt || this.state.patch({ bell: true }));
  }

  get label(): string {
    return labelOf(this.state.value);
  }

  /** Attaches. Called once, after the view has been placed on the page. */
  start(role: Role, size: Size): void {
    const { projectId, sessionId, asleepSince } = this.state.value;
    this.wanted = { role, size };
    if (asleepSince !== undefined) return this.sleep(role, asleepSince);
    // A new session has this size from its first byte on; a known one takes it when the user types here.
    if (!sessionId) this.view.xterm.resize(size.cols, size.rows);
    this.attach({ projectId, sessionId, ...size, role });
  }

  private attach(options: OpenOptions): void {
    // Whether programs may use the clipboard, the view decides.
    const terminal = (this.terminal = this.client.open({ ...options, clipboard: 'pass' }));
    this.reports.restart();
    this.view.bind(terminal);
    this.people.bind(terminal);
    this.claude?.bind(terminal);
    this.listen(terminal);
    if (!this.active) terminal.setVisible(false);
    terminal.ready.catch((error: Error) => this.fail(error.message));
  }

  /**
   * The process was lost with its host: the session gets a new one, below what the old one left. False when it does not, for
   * somebody who may only watch or right after the last time.
   */
  private startAgain(lost: Terminal): boolean {
    const now = performance.now();
    if (this.state.value.role !== 'writer' || now - this.restartedAt < RESTART_INTERVAL_MS) return false;
    this.restartedAt = now;
    this.reopen(lost);
    return true;
  }

  /** Opens the session again, which gets it a new process if it has none. */
  wake(): void {
    if (this.left || (this.state.value.phase !== 'asleep' && this.state.value.phase !== 'ended')) return;
    this.view.notices.showOpening();
    if (this.terminal) this.reopen(this.terminal);
    else if (this.wanted) {
      this.state.patch({ phase: 'opening', asleepSince: undefined });
      this.start(this.wanted.role, this.wanted.size);
    }
  }

  private reopen(last: Terminal): void {
    const { projectId, sessionId, role } = this.state.value;
    const { cols, rows } = last;
    this.state.patch({ phase: 'opening', asleepSince: undefined });
    this.attach({ projectId, sessionId, cols, rows, role, resumeFrom: last.position() });
  }

  private sleep(role: Role, since: number): void {
    this.state.patch({ phase: 'asleep', asleepSince: since });
    this.view.setReadOnly(true);
    this.view.notices.showNothing();
    this.claude?.sleep(since, role === 'writer');
    this.deps.actions.changed();
  }

  setActive(active: boolean): void {
    this.active = active;
    if (active) {
      this.view.show();
      this.seen();
    } else this.view.hide();
    this.claude?.setShown(active);
    this.terminal?.setVisible(active);
  }

  seen(): void {
    this.state.patch({ unread: false, bell: false });
  }

  /** Ends the process. */
  terminate(): void {
    this.terminal?.terminate();
  }

  /** Leaves; the session runs on. */
  detach(): void {
    this.left = true;
    void this.terminal?.detach();
    this.claude?.dispose();
    this.view.dispose();
  }

  private listen(terminal: Terminal): void {
    terminal.on('opened', ({ sessionId, title, role }) => {
      this.reports.opened();
      this.state.patch({ sessionId, title, role, phase: 'running' });
      this.view.setReadOnly(role === 'viewer');
      this.view.notices.showOpened();
      this.deps.actions.changed();
    });
    terminal.on('role', (role) => {
      this.state.patch({ role });
      this.view.setReadOnly(role === 'viewer');
    });
    terminal.on('title', (title) => this.state.patch({ title }));
    terminal.on('data', () => this.isLookedAt || this.claude || this.state.patch({ unread: true }));
    terminal.on('activity', ({ state }) => {
      // Claude draws all the time; what is new there, its state says.
      if (this.isLookedAt || this.claude || state === 'idle') return;
      this.state.patch(state === 'bell' ? { bell: true, unread: true } : { unread: true });
    });
    terminal.on('snapshot', ({ lost }) => {
      if (lost) this.deps.toasts.info(lostSentence(lost));
    });
    terminal.on('exit', (exit) => {
      if (exit.reason === 'host-lost' && this.startAgain(terminal)) return;
      if (exit.reason === 'hibernated') return this.sleep(terminal.role, Date.now());
      this.state.patch({ phase: 'ended', exit });
      this.view.setReadOnly(true);
      const again = { label: 'Resume', run: () => this.wake() };
      this.view.notices.showExit(exit, this.claude && canResume(exit) ? again : undefined);
      this.deps.actions.changed();
    });
    terminal.on('unsent', (bytes) => this.reports.unsent(bytes));
    terminal.on('ambiguous', (range) => this.reports.ambiguous(range));
    terminal.on('error', ({ message, retryable }) => {
      if (!this.claude?.refused(message) && !retryable) this.deps.toasts.error(message);
    });
    terminal.on('closed', ({ message }) => this.fail(message));
  }

  private get isLookedAt(): boolean {
    return this.active && !document.hidden;
  }

  private send(bytes: Uint8Array): void {
    if (!this.terminal || this.state.value.phase === 'ended' || this.state.value.role === 'viewer') return;
    if (this.terminal.write(bytes)) this.reports.sent(bytes, this.client.state.name === 'online');
    else this.reports.tooMuch(bytes);
  }

  private makeClaude(): ClaudePane {
    const pane = new ClaudePane({
      userId: this.deps.userId,
      banners: this.people.banners,
      focusTerminal: () => this.view.focus(),
      wake: () => this.wake(),
      onState: (claude) => this.state.patch({ claude }),
    });
    this.view.addBar(pane.bar);
    this.view.area.append(...pane.overlays);
    pane.listenTo(this.view.element);
    return pane;
  }

  private fail(message: string): void {
    const { phase } = this.state.value;
    if (this.left || phase === 'ended' || phase === 'failed') return;
    this.state.patch({ phase: 'failed' });
    this.view.setReadOnly(true);
    this.view.notices.showFailure(message || 'This terminal could not be opened.');
    this.deps.actions.changed();
  }
}
