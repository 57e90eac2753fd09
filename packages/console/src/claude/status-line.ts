import type { ClaudeState, ClaudeUsage } from '@holdfast/protocol';
import { h, replaceChildren } from '../dom';
import { icon } from '../icons';
import { detailOf, STATE_WORDS, timeOf, wordsOf } from './state-words';
import { UsageMeter } from './usage-meter';
import { visible } from './visible-text';

const TICK_MS = 1_000;
/** Of what the server says beside the state; the rest is in the tooltip. */
const MAX_DETAIL = 160;
const MAX_TITLE = 1_000;

/** One line above the terminal: what Claude does, since or until when, and what it has used. */
export class StatusLine {
  private readonly sign = h('span', { class: 'claude-sign' });
  private readonly words = h('span', { class: 'claude-words', role: 'status', testid: 'claude-state' }, 'Starting …');
  private readonly detail = h('span', { class: 'claude-tool', testid: 'claude-tool' });
  // Apart from the words: a screen reader would read every second of it.
  private readonly time = h('span', { class: 'claude-time', testid: 'claude-time' });
  private readonly usage = new UsageMeter();
  readonly element: HTMLElement;
  private state: ClaudeState | undefined;
  private ticking: ReturnType<typeof setInterval> | undefined;

  /** `cards`: what brings the cards to the front when they are put aside. */
  constructor(cards: HTMLElement) {
    this.element = h(
      'div',
      { class: 'claude-bar', 'data-mood': 'off', testid: 'claude-bar' },
      this.sign,
      this.words,
      this.detail,
      this.time,
      h('span', { class: 'spacer' }),
      cards,
      this.usage.element,
    );
  }

  show(state: ClaudeState): void {
    this.state = state;
    const { icon: name, mood } = STATE_WORDS[state.state];
    if (this.sign.dataset.icon !== name) {
      this.sign.dataset.icon = name;
      replaceChildren(this.sign, icon(name));
    }
    this.element.dataset.mood = mood;
    this.element.dataset.state = state.state;
    const words = wordsOf(state);
    if (this.words.textContent !== words) this.words.textContent = words;
    const detail = visible(detailOf(state));
    this.detail.textContent = detail.slice(0, MAX_DETAIL);
    this.detail.title = detail.length > MAX_DETAIL ? detail.slice(0, MAX_TITLE) : '';
    this.tick();
  }

  showUsage(usage: ClaudeUsage): void {
    this.usage.show(usage);
  }

  /** The clock runs while somebody can see it. */
  setShown(shown: boolean): void {
    clearInterval(this.ticking);
    this.ticking = shown ? setInterval(() => this.tick(), TICK_MS) : undefined;
    this.tick();
  }

  private tick(): void {
    const text = this.state ? timeOf(this.state, Date.now()) : '';
    if (this.time.textContent !== text) this.time.textContent = text;
  }
}
