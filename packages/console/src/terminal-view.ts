import type { Terminal } from '@holdfast/client';
import { isTerminalReply } from '@holdfast/protocol';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { Terminal as Xterm } from '@xterm/xterm';
import { CellGrid } from './cell-grid';
import type { Size } from './size';
import { copyText, readClipboard } from './clipboard';
import { onClipboardWrite } from './clipboard-writes';
import { h } from './dom';
import { KeyboardPeek } from './keyboard-peek';
import { plainLinks } from './links';
import type { Observable } from './observable';
import { PaneNotices, type PaneActions } from './pane-notices';
import { reviewPaste } from './paste-dialog';
import { Renderer } from './renderer';
import { isTyped } from './reply-filter';
import { SearchBar } from './search-bar';
import type { Settings } from './settings';
import { SizeKeeper } from './size-keeper';
import type { StickyKeys } from './sticky-keys';
import { TerminalFeed } from './terminal-feed';
import { liveOptions, terminalOptions } from './terminal-options';
import type { Toasts } from './toasts';
import type { Viewport } from './viewport';

export interface ViewDeps {
  readonly settings: Observable<Settings>;
  readonly toasts: Toasts;
  readonly sticky: StickyKeys;
  readonly viewport: Viewport;
}

export interface ViewActions extends Omit<PaneActions, 'takeSize'> {
  input(bytes: Uint8Array): void;
  /** Gives the session this size, whoever owns it. */
  forceSize(size: Size): void;
  contextMenu(event: MouseEvent): void;
}

const encoder = new TextEncoder();

/** One terminal on the page: the emulator, its notices and its search bar. */
export class TerminalView {
  private readonly host = h('div', { class: 'term-host' });
  /** The terminal and what lies over it. */
  readonly area = h('div', { class: 'term-area' }, this.host);
  readonly element = h('section', { class: 'pane', role: 'tabpanel', hidden: true, testid: 'pane' }, this.area);
  readonly xterm: Xterm;
  readonly search: SearchBar;
  readonly notices: PaneNotices;
  private readonly renderer: Renderer;
  private readonly grid: CellGrid;
  private readonly peek: KeyboardPeek;
  private readonly unwatch: () => void;
  private readonly observer = new ResizeObserver(() => this.containerChanged());
  private sizes: SizeKeeper | undefined;
  private feed: TerminalFeed | undefined;
  private shown = false;

  constructor(
    private readonly deps: ViewDeps,
    private readonly actions: ViewActions,
  ) {
    const { settings } = deps;
    const xterm = (this.xterm = new Xterm(terminalOptions(settings.value)));
    xterm.loadAddon(new Unicode11Addon());
    xterm.unicode.activeVersion = '11';
    xterm.loadAddon(plainLinks());
    this.search = new SearchBar(xterm);
    this.notices = new PaneNotices({ ...actions, takeSize: () => (this.sizes?.fitHere(), this.focus()) });
    this.renderer = new Renderer(xterm);
    this.grid = new CellGrid(xterm, this.host, () => settings.value.fontSize);
    this.peek = new KeyboardPeek(xterm, this.host, deps.viewport);
    this.area.append(this.search.element, ...this.notices.elements);
    xterm.onData((data) => this.onData(data));
    xterm.onBinary((data) => actions.input(Uint8Array.from(data, (char) => char.charCodeAt(0))));
    xterm.onSelectionChange(() => settings.value.copyOnSelect && void this.copy());
    xterm.onBell(() => this.flash());
    onClipboardWrite(xterm, (text) => void this.copyForProgram(text));
    // Before xterm's own listener, so that every way of pasting is reviewed.
    this.host.addEventListener('paste', (event) => this.onPaste(event), { capture: true });
    this.host.addEventListener('contextmenu', (event) => this.onContextMenu(event));
    this.unwatch = settings.watch((value) => this.apply(value));
    this.observer.observe(this.host);
  }

  /** Connects the emulator with a session. Sizes come first: the feed announces them once they are applied. */
  bind(terminal: Terminal): void {
    this.sizes?.dispose();
    this.sizes = new SizeKeeper(this.grid, terminal, {
      force: (size) => this.actions.forceSize(size),
      onStatus: (status) => {
        this.element.classList.toggle('letterboxed', status.foreign !== undefined);
        this.notices.showSize(status, !this.xterm.options.disableStdin);
      },
    });
    if (this.feed) this.feed.follow(terminal);
    else this.feed = new TerminalFeed(this.xterm, terminal, () => this.sizes?.applied());
    this.sizes.setVisible(this.shown);
  }

  /** A line above the terminal. */
  addBar(bar: HTMLElement): void {
    this.element.classList.add('with-bar');
    this.element.prepend(bar);
  }

  /** The size that would fill the window; `undefined` while this terminal is not on the page. */
  fitting(): Size | undefined {
    return this.grid.fitting();
  }

  show(): void {
    this.shown = true;
    this.element.hidden = false;
    if (!this.xterm.element) this.xterm.open(this.host);
    this.sizes?.setVisible(true);
    this.containerChanged();
    void this.renderer.show();
  }

  hide(): void {
    this.shown = false;
    this.element.hidden = true;
    this.sizes?.setVisible(false);
    this.renderer.hide();
  }

  setReadOnly(readOnly: boolean): void {
    this.xterm.options.disableStdin = readOnly;
    this.xterm.options.cursorInactiveStyle = readOnly ? 'none' : 'outline';
  }

  focus(): void {
    this.xterm.focus();
  }

  /** Keys of the phone's row, as if they were typed. */
  type(data: string): void {
    this.xterm.input(data, true);
  }

  async copy(): Promise<boolean> {
    const text = this.xterm.getSelection();
    return text !== '' && copyText(text);
  }

  async pasteFromClipboard(): Promise<void> {
    const text = await readClipboard();
    if (text === undefined) {
      this.deps.toasts.info(
        'The browser keeps the clipboard to itself here. Press Ctrl+Shift+V (⌘V on a Mac) to paste.',
      );
    } else await this.paste(text);
  }

  async paste(text: string): Promise<void> {
    const reviewed = await reviewPaste(text, this.xterm.modes.bracketedPasteMode, this.deps.settings);
    this.focus();
    if (reviewed) this.xterm.paste(reviewed);
  }

  /** The visible screen and everything above it as plain text. */
  text(): string {
    const { active } = this.xterm.buffer;
    const lines = Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(true) ?? '');
    return lines.join('\n').trimEnd();
  }

  dispose(): void {
    this.unwatch();
    this.observer.disconnect();
    this.sizes?.dispose();
    this.peek.dispose();
    this.renderer.hide();
    this.xterm.dispose();
    this.element.remove();
  }

  private onData(data: string): void {
    if (isTerminalReply(data)) {
      if (this.feed?.isReplaying || !this.sizes?.answersQueries) return;
      return this.actions.input(encoder.encode(data));
    }
    this.actions.input(encoder.encode(this.deps.sticky.apply(data)));
    // After the input: the server gives the size to the window that typed last.
    if (isTyped(data)) this.sizes?.take();
  }

  /** Only when the user wants that, and sees the terminal that does it; old output does nothing. */
  private async copyForProgram(text: string): Promise<void> {
    const { settings, toasts } = this.deps;
    if (!settings.value.programsMayCopy || !this.shown || !document.hasFocus() || this.feed?.isReplaying) return;
    if (await copyText(text))
      toasts.info(`A program put ${text.length.toLocaleString('en')} characters into your clipboard.`);
  }

  private onPaste(event: ClipboardEvent): void {
    event.preventDefault();
    event.stopPropagation();
    const text = event.clipboardData?.getData('text/plain');
    if (text && !this.xterm.options.disableStdin) void this.paste(text);
  }

  private onContextMenu(event: MouseEvent): void {
    // Shift asks for the browser's own menu; programs that use the mouse get the button themselves.
    if (event.shiftKey || this.xterm.modes.mouseTrackingMode !== 'none') return;
    event.preventDefault();
    this.actions.contextMenu(event);
  }

  private apply(settings: Settings): void {
    Object.assign(this.xterm.options, liveOptions(settings));
    this.xterm.options.fontSize = settings.fontSize;
    this.containerChanged();
  }

  private containerChanged(): void {
    if (!this.shown) return;
    this.sizes?.containerChanged();
    this.peek.update();
  }

  private flash(): void {
    this.element.classList.remove('flash');
    requestAnimationFrame(() => this.element.classList.add('flash'));
  }
}
