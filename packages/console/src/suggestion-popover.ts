import { h, replaceChildren } from './dom';
import { icon } from './icons';
import type { SuggestedCommand } from '@holdfast/client';

export interface PopoverActions {
  readonly accept: (command: SuggestedCommand) => void;
  /** Asks again, with what the failed command printed, or without. */
  readonly includeOutput: (include: boolean) => void;
  readonly close: () => void;
}

/** What came of a question: commands to choose from, why, and what was sent for them. */
export class SuggestionPopover {
  private readonly list = h('ul', { class: 'suggestion-list' });
  private readonly state = h('p', { class: 'suggestion-state', role: 'status', testid: 'suggestion-state' });
  private readonly sentText = h('pre', { testid: 'suggestion-sent' });
  private readonly sent = h(
    'details',
    { class: 'suggestion-sent', hidden: true },
    h('summary', null, 'What was sent'),
    this.sentText,
  );
  readonly element: HTMLElement;

  constructor(
    private readonly actions: PopoverActions,
    includesOutput: boolean,
  ) {
    const output = h('input', { type: 'checkbox', checked: includesOutput, testid: 'suggestion-output' });
    output.addEventListener('change', () => actions.includeOutput(output.checked));
    this.element = h(
      'section',
      { class: 'suggestions', role: 'dialog', 'aria-label': 'Suggested commands', tabindex: -1, testid: 'suggestions' },
      h(
        'header',
        { class: 'suggestion-head' },
        icon('spark'),
        h('h2', null, 'Suggestions'),
        h(
          'button',
          { class: 'icon-button', type: 'button', 'aria-label': 'Close suggestions', onclick: () => actions.close() },
          icon('close'),
        ),
      ),
      this.state,
      this.list,
      h(
        'footer',
        { class: 'suggestion-foot' },
        h('label', { class: 'check' }, output, h('span', null, 'Also send what the failed command printed last')),
        this.sent,
      ),
    );
    this.element.addEventListener('keydown', (event) => this.onKey(event));
    this.say('Asking …');
  }

  /** Near the cursor and never on it: above, when the cursor is in the lower half. */
  place(area: HTMLElement, cursorY: number): void {
    area.append(this.element);
    const { clientHeight } = area;
    const isLow = cursorY > clientHeight / 2;
    this.element.style.top = isLow ? '' : `${Math.min(cursorY + 28, clientHeight - 60)}px`;
    this.element.style.bottom = isLow ? `${Math.min(clientHeight - cursorY + 8, clientHeight - 60)}px` : '';
    this.element.focus();
  }

  showSent(model: string, context: unknown): void {
    this.sent.hidden = false;
    this.sentText.textContent = `${JSON.stringify(context, null, 2)}\n→ ${model}`;
  }

  add(command: SuggestedCommand): void {
    const { cmd, why, danger } = command;
    const button = h(
      'button',
      { class: 'suggestion', type: 'button', testid: 'suggestion', onclick: () => this.actions.accept(command) },
      h('code', null, cmd),
      danger &&
        h(
          'strong',
          { class: 'suggestion-danger', testid: 'suggestion-danger' },
          icon('warning'),
          'may destroy something',
        ),
      why && h('span', { class: 'suggestion-why' }, why),
    );
    this.list.append(h('li', null, button));
    this.say('Enter puts it at the prompt. Nothing runs before you press Enter there.');
    // Whoever has moved on already keeps the focus.
    if (this.list.children.length === 1 && document.activeElement === this.element) button.focus();
  }

  finish(): void {
    if (this.list.children.length === 0) this.say('Nothing to suggest.');
  }

  fail(message: string): void {
    this.say(message);
    this.state.classList.add('suggestion-failed');
  }

  /** For another question. */
  clear(): void {
    replaceChildren(this.list);
    this.state.classList.remove('suggestion-failed');
    this.say('Asking …');
  }

  private say(text: string): void {
    this.state.textContent = text;
  }

  private onKey(event: KeyboardEvent): void {
    const buttons = [...this.list.querySelectorAll('button')];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      buttons[(at + step + buttons.length) % buttons.length]?.focus();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      this.actions.close();
    } else if (isText(event)) this.actions.close();
  }
}

/** Typed for the terminal, which gets the focus before the character arrives. */
function isText({ key, ctrlKey, altKey, metaKey, target }: KeyboardEvent): boolean {
  const isForButton = key === ' ' && target instanceof HTMLElement && target.matches('button, input, summary');
  return key.length === 1 && !ctrlKey && !altKey && !metaKey && !isForButton;
}
