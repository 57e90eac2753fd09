import { h, isTyping } from '../dom';
import { icon } from '../icons';

/** Keys that change what another one means, and do nothing themselves. */
const MODIFIERS: readonly string[] = ['Control', 'Shift', 'Alt', 'Meta', 'AltGraph', 'CapsLock'];

/** Over a session whose process was ended to save memory: a key or a click starts it again. */
export class SleepVeil {
  private readonly text = h('p');
  readonly element = h(
    'button',
    { class: 'sleep-veil', type: 'button', hidden: true, testid: 'sleep-veil' },
    icon('moon'),
    h('b', null, 'Claude is asleep'),
    this.text,
  );
  private mayWake = false;

  constructor(private readonly wake: () => void) {
    this.element.addEventListener('click', () => this.onWish());
  }

  /** Keys of the terminal below, which has the focus. */
  listenTo(pane: HTMLElement): void {
    pane.addEventListener('keydown', (event) => {
      if (this.element.hidden || event.ctrlKey || event.metaKey || event.altKey) return;
      if (MODIFIERS.includes(event.key) || event.key === 'Tab') return;
      event.preventDefault();
      event.stopPropagation();
      this.onWish();
    });
  }

  show(mayWake: boolean): void {
    this.mayWake = mayWake;
    this.element.hidden = false;
    this.text.textContent = mayWake
      ? 'Its conversation is kept. Press a key or click here to go on.'
      : 'Its conversation is kept. Somebody who may type here can wake it.';
    // "A key" is one that is pressed now: the focus may be on the tab or on the menu's way back. Hidden, it takes none.
    if (!isTyping(document.activeElement) && !document.querySelector('dialog[open]')) this.element.focus();
  }

  hide(): void {
    this.element.hidden = true;
  }

  private onWish(): void {
    if (!this.mayWake) return;
    this.hide();
    this.wake();
  }
}
