import { h, type Child } from './dom';
import { icon } from './icons';

export interface DialogButton<T> {
  readonly label: string;
  readonly value: T;
  readonly kind?: 'primary' | 'danger' | 'plain';
  readonly testid?: string;
}

export interface DialogOptions<T> {
  readonly title: string;
  readonly body: readonly Child[];
  readonly buttons: readonly DialogButton<T>[];
  readonly testid: string;
  /** Gets the focus instead of the first field or button. */
  readonly focus?: HTMLElement;
  readonly wide?: boolean;
  /** Returns a sentence to keep the dialog open with. */
  readonly check?: (value: T) => Promise<string | undefined> | string | undefined;
}

/** Asks in a modal dialog. Resolves with the value of the chosen button, `undefined` for Escape and the close button. */
export function ask<T>(options: DialogOptions<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    let result: T | undefined;
    const problem = h('p', { class: 'form-error', role: 'alert', hidden: true });
    const choose = async (value: T): Promise<void> => {
      const refusal = await options.check?.(value);
      problem.textContent = refusal ?? '';
      problem.hidden = !refusal;
      if (refusal) return;
      result = value;
      dialog.close();
    };
    const titleId = `${options.testid}-title`;
    const dialog = h(
      'dialog',
      { class: options.wide ? 'dialog dialog-wide' : 'dialog', testid: options.testid, 'aria-labelledby': titleId },
      h(
        'form',
        { method: 'dialog', onsubmit: submit },
        h(
          'header',
          { class: 'dialog-head' },
          h('h2', { id: titleId }, options.title),
          h(
            'button',
            { class: 'icon-button', type: 'button', 'aria-label': 'Close', onclick: () => dialog.close() },
            icon('close'),
          ),
        ),
        h('div', { class: 'dialog-body' }, ...options.body, problem),
        options.buttons.length > 0 &&
          h(
            'footer',
            { class: 'dialog-foot' },
            ...options.buttons.map((button) => buttonFor(button, (value) => void choose(value))),
          ),
      ),
    );
    function submit(event: SubmitEvent): void {
      event.preventDefault();
      const main = options.buttons.find((button) => button.kind === 'primary' || button.kind === 'danger');
      if (main) void choose(main.value);
    }
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(result);
    });
    // A press on the backdrop lands on the dialog itself, one inside on a descendant.
    dialog.addEventListener('mousedown', (event) => event.target === dialog && dialog.close());
    document.body.append(dialog);
    dialog.showModal();
    options.focus?.focus();
  });
}

function buttonFor<T>(button: DialogButton<T>, choose: (value: T) => void): HTMLButtonElement {
  const main = button.kind === 'primary' || button.kind === 'danger';
  const style = main ? `button button-${button.kind}` : 'button';
  // The main one submits, so that Enter in a field means it.
  const action = main ? { type: 'submit' } : { type: 'button', onclick: () => choose(button.value) };
  return h('button', { class: style, testid: button.testid, ...action }, button.label);
}

/** A yes-or-no question. */
export async function confirm(title: string, text: string, yes: DialogButton<true>): Promise<boolean> {
  const buttons: DialogButton<boolean>[] = [{ label: 'Cancel', value: false }, yes];
  return (await ask<boolean>({ title, body: [h('p', null, text)], buttons, testid: 'confirm' })) ?? false;
}

/** A question for one line of text; `undefined` when it was left. */
export async function prompt(title: string, label: string, value: string, yes: string): Promise<string | undefined> {
  const input = h('input', {
    class: 'input',
    type: 'text',
    value,
    maxlength: 100,
    testid: 'prompt-input',
    autocomplete: 'off',
  });
  input.select();
  const chosen = await ask<boolean>({
    title,
    body: [h('label', { class: 'field' }, h('span', null, label), input)],
    buttons: [
      { label: 'Cancel', value: false },
      { label: yes, value: true, kind: 'primary', testid: 'prompt-ok' },
    ],
    testid: 'prompt',
    focus: input,
    check: (sure) => (sure && !input.value.trim() ? 'Enter a name first.' : undefined),
  });
  return chosen ? input.value.trim() : undefined;
}
