import { h } from '../dom';
import { feedbackOf, type Settled } from './permission-words';

const SHOWN_MS = 5_000;

/** Says for a moment who answered: everybody who has the card open learns that it went, and why. */
export class DeckFeedback {
  readonly element = h('p', { class: 'deck-feedback', role: 'status', hidden: true, testid: 'card-feedback' });
  private fading: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly userId: string) {}

  /** `tried`: this page had sent an answer, too. */
  tell(settled: Settled, tried: boolean): void {
    clearTimeout(this.fading);
    this.element.hidden = false;
    this.element.textContent = feedbackOf(settled, this.userId, tried);
    this.element.dataset.decision = settled.decision ?? 'other';
    this.fading = setTimeout(() => (this.element.hidden = true), SHOWN_MS);
  }

  dispose(): void {
    clearTimeout(this.fading);
  }
}
