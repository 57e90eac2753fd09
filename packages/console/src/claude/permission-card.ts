import { MAX_CLAUDE_MESSAGE, type ClaudePermission } from '@holdfast/protocol';
import { h } from '../dom';
import { cardButton, CardForm, type Answer, type Card } from './card';
import { detailText } from './detail-text';
import { visible } from './visible-text';

/** A tool that wants to be allowed: what it would do, and the buttons. */
export class PermissionCard implements Card {
  private readonly message = h('textarea', {
    class: 'input card-message',
    rows: 2,
    maxlength: MAX_CLAUDE_MESSAGE,
    placeholder: 'What should Claude do instead?',
    'aria-label': 'Said to Claude with the refusal',
    testid: 'deny-message',
    hidden: true,
  });
  private readonly say = h('button', { class: 'link-button', type: 'button', testid: 'deny-say' }, 'Say why …');
  private readonly deny: HTMLButtonElement;
  private readonly consents: readonly HTMLButtonElement[];
  readonly form: CardForm;
  readonly element: HTMLElement;

  constructor(permission: ClaudePermission, answer: (answer: Answer) => void) {
    const { path, truncated, remember } = permission;
    const deny = (): void => answer({ decision: 'deny', message: this.message.value.trim() || undefined });
    const allow = cardButton('Allow', 'button-primary', 'permission-allow', () => answer({ decision: 'allow' }));
    const always = cardButton('Allow, don’t ask again', '', 'permission-remember', () =>
      answer({ decision: 'allow', remember: true }),
    );
    this.consents = remember === undefined ? [allow] : [allow, always];
    this.deny = cardButton('Deny', 'button-deny', 'permission-deny', deny);
    this.say.addEventListener('click', () => this.refuse(this.message.hidden === true));
    this.message.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) deny();
    });
    this.form = new CardForm(this.message, h('div', { class: 'button-row' }, ...this.consents, this.deny, this.say));
    this.element = h(
      'div',
      { class: 'card', testid: 'permission-card' },
      path !== undefined && h('p', { class: 'card-path', title: path }, visible(path)),
      detailText(permission),
      truncated === true &&
        h('p', { class: 'card-warning' }, 'This is cut off. Read all of it in the terminal before you allow it.'),
      remember !== undefined && h('p', { class: 'card-remember' }, `Not asked again: ${visible(remember)}`),
      this.form.element,
    );
  }

  /** Whoever writes what should be done instead does not want to allow it with a slip of the thumb. */
  private refuse(refusing: boolean): void {
    this.message.hidden = !refusing;
    for (const button of this.consents) button.hidden = refusing;
    this.deny.classList.toggle('button-danger', refusing);
    this.say.textContent = refusing ? 'Back' : 'Say why …';
    if (refusing) this.message.focus();
  }
}
