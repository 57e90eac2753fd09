import { h } from './dom';

const MAX_NAME = 100;

/** Puts a text field in the place of an element. Enter and leaving the field keep the new name, Escape the old one. */
export function renameInline(place: HTMLElement, current: string, done: (name: string | undefined) => void): void {
  const input = h('input', {
    class: 'rename-input',
    type: 'text',
    value: current,
    maxlength: MAX_NAME,
    'aria-label': 'Name of the terminal',
    testid: 'rename-input',
    spellcheck: 'false',
  });
  let over = false;
  const finish = (keep: boolean): void => {
    if (over) return;
    over = true;
    input.replaceWith(place);
    const name = input.value.trim();
    done(keep && name !== current && name ? name : undefined);
  };
  input.addEventListener('keydown', (event) => {
    event.stopPropagation();
    if (event.key === 'Enter') finish(true);
    if (event.key === 'Escape') finish(false);
  });
  input.addEventListener('blur', () => finish(true));
  place.replaceWith(input);
  input.focus();
  input.select();
}
