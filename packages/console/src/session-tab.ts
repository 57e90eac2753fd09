import type { Client, OpenOptions, Terminal } from '@holdfast/client';
import type { Role } from '@holdfast/protocol';
import type { Size } from './size';
import { countCharacters, InputTail, readableInput } from './input-tail';
import { Observable } from './observable';
import type { ExitStatus } from './pane-notices';
import { TerminalView, type ViewDeps } from './terminal-view';

export interface SessionRef {
  readonly projectId: string;
  /** Absent: a new session. */
  readonly sessionId?: string;
  readonly name?: string | null;
}

export interface TabState extends SessionRef {
  readonly title: string;
  readonly phase: 'opening' | 'running' | 'ended' | 'failed';
  readonly exit?: ExitStatus;
  readonly role?: Role;
  readonly unread: boolean;
  readonly bell: boolean;
}

export interface TabActions {
  close(tab: SessionTab): void;
  openNew(): void;
  forceSize(tab: SessionTab, size: Size): void;
  contextMenu(tab: SessionTab, event: MouseEvent): void;
  /** The list of sessions is no longer what it was. */
  changed(): void;
}

export interface TabDeps extends ViewDeps {
  readonly client: Client;
  readonly actions: TabActions;
}

/** A host that is lost again and again does not get a new process from this page each time. */
const RESTART_INTERVAL_MS = 30_000;

/** What a person calls this session. */
export function labelOf({ name, title }: { readonly name?: string | null; readonly title?: string | null }): string {
  return name || title || 'Terminal';
}

/** An opened tab: one attachment to a session and its view. */
export class SessionTab {
  readonly state: Observable<TabState>;
  readonly view: TerminalView;
  private input = new InputTail();
  private terminal: Terminal | undefined;
  private active = false;
  private left = false;
  private toldOffline = false;
  private restartedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly deps: TabDeps,
    ref: SessionRef,
  ) {
    this.state = new Observable<TabState>({ ...ref, title: '', phase: 'opening', unread: false, bell: false });
    this.view = new TerminalView(deps, {
      close: () => deps.actions.close(this),
      openNew: () => deps.actions.openNew(),
      input: (bytes) => this.send(bytes),
      forceSize: (size) => deps.actions.forceSize(this, size),
      contextMenu: (event) => deps.actions.contextMenu(this, event),
    });
    this.view.xterm.onBell(() => this.isLookedAt || this.state.patch({ bell: true }));
  }

  get label(): string {
    return labelOf(this.state.value);
  }

  /** Attaches. Called once, after the view has been placed on the page. */
  start(role: Role, size: Size): void {
    const { projectId, sessionId } = this.state.value;
    // A new session has this size from its first byte on; a known one takes it when the user types here.
    if (!sessionId) this.view.xterm.resize(size.cols, size.rows);
    this.attach({ projectId, sessionId, ...size, role });
  }

  private attach(options: OpenOptions): void {
    const terminal = (this.terminal = this.deps.client.open(options));
    this.input = new InputTail();
    this.view.bind(terminal);
    this.listen(terminal);
    if (!this.active) terminal.setVisible(false);
    terminal.ready.catch((error: Error) => this.fail(error.message));
  }

  /**
   * The process was lost with its host: the session gets a new one, below what the old one left. False when it does not, for
   * somebody who may only watch or right after the last time.
   */
  private startAgain(lost: Terminal): boolean {
    const { projectId, sessionId, role } = this.state.value;
    const now = performance.now();
    if (role !== 'writer' || now - this.restartedAt < RESTART_INTERVAL_MS) return false;
    this.restartedAt = now;
    this.state.patch({ phase: 'opening' });
    const { cols, rows } = lost;
    this.attach({ projectId, sessionId, cols, rows, role, resumeFrom: lost.position() });
    return true;
  }

  setActive(active: boolean): void {
    this.active = active;
    if (active) {
      this.view.show();
      this.seen();
    } else this.view.hide();
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
    this.view.dispose();
  }

  private listen(terminal: Terminal): void {
    terminal.on('opened', ({ sessionId, title, role }) => {
      this.toldOffline = false;
      this.state.patch({ sessionId, title, role, phase: 'running' });
      this.view.setReadOnly(role === 'viewer');
      this.view.notices.showOpened(role === 'viewer');
      this.deps.actions.changed();
    });
    terminal.on('title', (title) => this.state.patch({ title }));
    terminal.on('data', () => this.isLookedAt || this.state.patch({ unread: true }));
    terminal.on('activity', ({ state }) => {
      if (this.isLookedAt || state === 'idle') return;
      this.state.patch(state === 'bell' ? { bell: true, unread: true } : { unread: true });
    });
    terminal.on('snapshot', ({ lost }) => {
      if (lost)
        this.deps.toasts.info(
          `${kilobytes(lost.to - lost.from)} of output went by too fast to show here. The transcript has it all.`,
        );
    });
    terminal.on('exit', (exit) => {
      if (exit.reason === 'host-lost' && this.startAgain(terminal)) return;
      this.state.patch({ phase: 'ended', exit });
      this.view.setReadOnly(true);
      this.view.notices.showExit(exit);
      this.deps.actions.changed();
    });
    terminal.on('unsent', (bytes) =>
      this.reportInput(bytes, 'was not sent, because the process was replaced or is gone.'),
    );
    terminal.on('ambiguous', (range) =>
      this.reportInput(
        this.input.read(range),
        'may or may not have arrived when the server was interrupted. Look before you type it again.',
      ),
    );
    terminal.on('error', ({ message, retryable }) => retryable || this.deps.toasts.error(message));
    terminal.on('closed', ({ message }) => this.fail(message));
  }

  private get isLookedAt(): boolean {
    return this.active && !document.hidden;
  }

  private send(bytes: Uint8Array): void {
    if (!this.terminal || this.state.value.phase === 'ended' || this.state.value.role === 'viewer') return;
    if (this.terminal.write(bytes)) {
      this.input.append(bytes);
      if (this.deps.client.state.name !== 'online') this.tellOffline();
    } else this.reportInput(bytes, 'was not sent: too much is waiting for the connection already.');
  }

  /** Once in each outage: nothing is echoed, so it must be said that nothing is lost. */
  private tellOffline(): void {
    if (this.toldOffline) return;
    this.toldOffline = true;
    this.deps.toasts.info('There is no connection. What you type is kept and sent once it is back.');
  }

  private reportInput(bytes: Uint8Array, what: string): void {
    if (bytes.length === 0) return;
    this.deps.toasts.show({
      kind: 'warn',
      text: `${countCharacters(bytes)} typed in “${this.label}” ${what}`,
      details: { label: 'Show what was typed', text: readableInput(bytes) },
      sticky: true,
    });
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

function kilobytes(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : `${Math.round(bytes / 1024).toLocaleString('en')} KB`;
}
