import type { ISearchOptions, SearchAddon } from '@xterm/addon-search';
import type { Terminal as Xterm } from '@xterm/xterm';
import { h } from './dom';
import { icon, type IconName } from './icons';

const MATCH_COLOURS = {
  dark: {
    matchBackground: '#66551a',
    matchOverviewRuler: '#c9a227',
    activeMatchBackground: '#a65a08',
    activeMatchBorder: '#ffb454',
    activeMatchColorOverviewRuler: '#ff9d3c',
  },
  light: {
    matchBackground: '#f7e3a1',
    matchOverviewRuler: '#b58900',
    activeMatchBackground: '#ffb454',
    activeMatchBorder: '#a65a08',
    activeMatchColorOverviewRuler: '#d26a00',
  },
} as const;

/** Search in screen and scrollback of one terminal. The search engine is loaded when it is first opened. */
export class SearchBar {
  private readonly input = h('input', {
    class: 'search-input',
    type: 'text',
    placeholder: 'Find in terminal',
    'aria-label': 'Find in terminal',
    spellcheck: 'false',
    autocomplete: 'off',
    testid: 'search-input',
    oninput: () => this.find('next', true),
    onkeydown: (event: KeyboardEvent) => this.onKey(event),
  });
  private readonly count = h('span', { class: 'search-count', role: 'status', testid: 'search-count' });
  private readonly matchCase = toggle('Aa', 'Match case', 'search-case', () => this.again());
  private readonly regex = toggle('.*', 'Regular expression', 'search-regex', () => this.again());
  readonly element = h(
    'div',
    { class: 'search-bar', role: 'search', hidden: true, testid: 'search-bar' },
    this.input,
    this.count,
    this.matchCase,
    this.regex,
    button('up', 'Previous match', 'search-previous', () => this.find('previous')),
    button('down', 'Next match', 'search-next', () => this.find('next')),
    button('close', 'Close search', 'search-close', () => this.close()),
  );
  private addon: SearchAddon | undefined;

  constructor(private readonly xterm: Xterm) {}

  async open(): Promise<void> {
    this.element.hidden = false;
    const selection = this.xterm.getSelection();
    if (selection && !selection.includes('\n')) this.input.value = selection;
    this.input.focus();
    this.input.select();
    await this.load();
    if (this.input.value) this.find('next', true);
  }

  close(): void {
    if (this.element.hidden) return;
    this.element.hidden = true;
    this.addon?.clearDecorations();
    this.xterm.focus();
  }

  private async load(): Promise<void> {
    if (this.addon) return;
    const { SearchAddon } = await import('@xterm/addon-search');
    if (this.addon) return;
    this.addon = new SearchAddon();
    this.xterm.loadAddon(this.addon);
    this.addon.onDidChangeResults(({ resultIndex, resultCount }) => this.report(resultIndex, resultCount));
  }

  /** The addon keeps the matches of a term it knows, also when the options have changed. */
  private again(): void {
    this.addon?.clearDecorations();
    this.find('next', true);
  }

  private find(direction: 'next' | 'previous', incremental = false): void {
    const term = this.input.value;
    this.input.classList.remove('invalid');
    if (!term) {
      this.addon?.clearDecorations();
      this.count.textContent = '';
      return;
    }
    if (isPressed(this.regex) && !isRegex(term)) {
      this.input.classList.add('invalid');
      this.count.textContent = 'Not a pattern';
      return;
    }
    const options: ISearchOptions = {
      caseSensitive: isPressed(this.matchCase),
      regex: isPressed(this.regex),
      incremental,
      decorations: MATCH_COLOURS[document.documentElement.style.colorScheme === 'light' ? 'light' : 'dark'],
    };
    if (direction === 'next') this.addon?.findNext(term, options);
    else this.addon?.findPrevious(term, { ...options, incremental: false });
  }

  private report(index: number, count: number): void {
    this.count.textContent = count === 0 ? 'No results' : index < 0 ? `${count}+` : `${index + 1} of ${count}`;
    this.input.classList.toggle('invalid', count === 0);
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.close();
    else if (event.key === 'Enter') this.find(event.shiftKey ? 'previous' : 'next');
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function button(name: IconName, label: string, testid: string, onclick: () => void): HTMLButtonElement {
  return h(
    'button',
    { class: 'icon-button', type: 'button', 'aria-label': label, title: label, testid, onclick },
    icon(name),
  );
}

function toggle(text: string, label: string, testid: string, changed: () => void): HTMLButtonElement {
  const element = h(
    'button',
    { class: 'toggle', type: 'button', 'aria-label': label, title: label, 'aria-pressed': 'false', testid },
    text,
  );
  element.addEventListener('click', () => {
    element.setAttribute('aria-pressed', String(!isPressed(element)));
    changed();
  });
  return element;
}

function isPressed(element: HTMLButtonElement): boolean {
  return element.getAttribute('aria-pressed') === 'true';
}

function isRegex(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}
