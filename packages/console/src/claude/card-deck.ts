import type { ClaudePermission } from '@holdfast/protocol';
import { h, replaceChildren } from '../dom';
import { icon, type IconName } from '../icons';
import type { Answer, Card } from './card';
import { DeckFeedback } from './deck-feedback';
import { PermissionCard } from './permission-card';
import { askOf, obstacleOf, type Settled } from './permission-words';
import { QuestionCard } from './question-card';

export interface DeckActions {
  answer(permission: ClaudePermission, answer: Answer): void;
  /** Escape: back to where one types. */
  leave(): void;
}

/** A press that follows another one this soon was meant for what stood here before. */
const ARM_MS = 400;
/** Without a word from the server for so long, the buttons come back. */
const ANSWER_PATIENCE_MS = 10_000;

/** What waits for an answer, one card at a time, beside the terminal; on a phone a sheet from below. */
export class CardDeck {
  private readonly title = h('h3', { class: 'deck-title' });
  private readonly counter = h('span', { class: 'count' });
  private readonly pager = h('span', { class: 'deck-pager', hidden: true });
  private readonly place = h('div', { class: 'deck-place' });
  private readonly sheet: HTMLElement;
  private readonly feedback: DeckFeedback;
  readonly element: HTMLElement;
  /** In the status line: how many wait, and the way back to them. */
  readonly chip: HTMLElement;
  private readonly cards = new Map<string, Card>();
  private permissions: readonly ClaudePermission[] = [];
  private current: string | undefined;
  /** What the last change took away, and what was answered here last: of these it is told how they went. */
  private gone: readonly string[] = [];
  private tried: string | undefined;
  private aside = false;
  private mayAnswer = true;
  private arming: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly actions: DeckActions,
    userId: string,
  ) {
    this.feedback = new DeckFeedback(userId);
    const back = button('up', 'The one before', 'card-previous', () => this.step(-1));
    const on = button('down', 'The next one', 'card-next', () => this.step(1));
    this.pager.append(this.counter, back, on);
    const aside = button('close', 'Put aside; the terminal asks, too', 'cards-aside', () => this.putAside());
    const head = h('header', { class: 'deck-head' }, icon('hand'), this.title, this.pager, aside);
    this.sheet = h('div', { class: 'deck-sheet', hidden: true }, head, this.place);
    this.element = h(
      'section',
      { class: 'claude-deck', 'aria-label': 'What Claude asks', tabindex: -1, testid: 'claude-deck' },
      this.feedback.element,
      this.sheet,
    );
    this.element.addEventListener('keydown', (event) => event.key === 'Escape' && actions.leave());
    this.chip = h('button', { class: 'cards-chip', type: 'button', hidden: true, testid: 'cards-chip' });
    this.chip.addEventListener('click', () => this.focus());
  }

  show(permissions: readonly ClaudePermission[]): void {
    this.gone = [...this.cards.keys()].filter((known) => !permissions.some(({ id }) => id === known));
    for (const id of this.gone) this.cards.delete(id);
    if (permissions.some(({ id }) => !this.cards.has(id))) this.aside = false;
    for (const permission of permissions) {
      const card = this.cards.get(permission.id) ?? this.make(permission);
      card.form.setObstacle(obstacleOf(permission, this.mayAnswer));
    }
    this.permissions = permissions;
    this.arrange();
  }

  /** After `show` without it. */
  tell(settled: Settled): void {
    const { permissionId: id } = settled;
    if (this.gone.includes(id)) this.feedback.tell(settled, this.tried === id);
  }

  setMayAnswer(mayAnswer: boolean): void {
    this.mayAnswer = mayAnswer;
    for (const permission of this.permissions)
      this.cards.get(permission.id)?.form.setObstacle(obstacleOf(permission, mayAnswer));
  }

  /** The server refused the answer, or it could not be sent. True when there was one. */
  fail(message: string): boolean {
    const busy = [...this.cards.values()].filter(({ form }) => form.isBusy);
    for (const { form } of busy) {
      form.setBusy(false);
      form.say(message);
    }
    return busy.length > 0;
  }

  /** Brings the cards back and the keyboard to them; not to a button, so that no key in flight answers. */
  focus(): boolean {
    if (this.permissions.length === 0) return false;
    this.aside = false;
    this.arrange();
    this.element.focus();
    return true;
  }

  dispose(): void {
    clearTimeout(this.arming);
    this.feedback.dispose();
  }

  private make(permission: ClaudePermission): Card {
    const answer = (given: Answer): void => this.answer(permission, card, given);
    const card: Card =
      permission.kind === 'question' ? new QuestionCard(permission, answer) : new PermissionCard(permission, answer);
    this.cards.set(permission.id, card);
    return card;
  }

  private answer(permission: ClaudePermission, { form }: Card, answer: Answer): void {
    if (form.isBusy) return;
    this.tried = permission.id;
    // The pressed button is disabled now, and a browser takes the focus from such.
    this.element.focus();
    form.setBusy(true);
    setTimeout(() => {
      if (!form.isBusy) return;
      form.setBusy(false);
      form.say('The server has not said whether it took the answer. Try again.');
    }, ANSWER_PATIENCE_MS);
    this.actions.answer(permission, answer);
  }

  private arrange(): void {
    const { permissions } = this;
    const at = Math.max(
      0,
      permissions.findIndex(({ id }) => id === this.current),
    );
    const permission = permissions[at];
    const shown = permission !== undefined && !this.aside;
    // The focus would be lost with what is taken away.
    if (!shown && this.element.contains(document.activeElement)) this.actions.leave();
    this.sheet.hidden = !shown;
    this.element.classList.toggle('asking', shown);
    this.chip.hidden = permissions.length === 0 || shown;
    this.chip.textContent = permissions.length === 1 ? '1 request' : `${permissions.length} requests`;
    this.pager.hidden = permissions.length < 2;
    this.counter.textContent = `${at + 1}/${permissions.length}`;
    if (permission) this.present(permission);
    else this.current = undefined;
  }

  private present(permission: ClaudePermission): void {
    if (this.current === permission.id && this.place.hasChildNodes()) return;
    this.current = permission.id;
    this.title.textContent = askOf(permission);
    const card = this.cards.get(permission.id);
    if (!card) return;
    const focused = this.element.contains(document.activeElement);
    card.form.setArmed(false);
    clearTimeout(this.arming);
    this.arming = setTimeout(() => card.form.setArmed(true), ARM_MS);
    replaceChildren(this.place, card.element);
    if (focused) this.element.focus();
  }

  private step(by: number): void {
    const at = this.permissions.findIndex(({ id }) => id === this.current);
    const { length } = this.permissions;
    const next = this.permissions[(at + by + length) % length];
    if (!next) return;
    this.present(next);
    this.arrange();
  }

  private putAside(): void {
    this.aside = true;
    this.arrange();
    this.actions.leave();
  }
}

function button(name: IconName, label: string, testid: string, onclick: () => void): HTMLButtonElement {
  return h(
    'button',
    { class: 'icon-button', type: 'button', 'aria-label': label, title: label, testid, onclick },
    icon(name),
  );
}
