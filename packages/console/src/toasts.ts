import { h, type Child } from './dom';
import { icon, type IconName } from './icons';

export interface Toast {
  readonly kind: 'info' | 'warn' | 'error';
  readonly text: string;
  /** More to unfold, for example the characters that were not sent. */
  readonly details?: { readonly label: string; readonly text: string };
  readonly action?: { readonly label: string; readonly run: () => void };
  /** Stays until it is closed. */
  readonly sticky?: boolean;
}

const SHOWN_MS = 6_000;
/** Older ones make room, so that a failing server cannot cover the screen. */
const MAX_SHOWN = 4;

const ICONS: Record<Toast['kind'], IconName> = { info: 'info', warn: 'warning', error: 'warning' };

/** Short messages in a corner, read out by screen readers. */
export class Toasts {
  readonly element = h('div', { class: 'toasts', role: 'region', 'aria-label': 'Messages', testid: 'toasts' });

  show(toast: Toast): void {
    const same = [...this.element.children].find((child) => (child as HTMLElement).dataset.text === toast.text);
    same?.remove();
    while (this.element.children.length >= MAX_SHOWN) this.element.firstElementChild?.remove();
    const remove = (): void => element.remove();
    const element = h(
      'div',
      { class: `toast toast-${toast.kind}`, role: toast.kind === 'info' ? 'status' : 'alert', testid: 'toast' },
      icon(ICONS[toast.kind]),
      h('div', { class: 'toast-body' }, h('p', null, toast.text), details(toast), action(toast, remove)),
      h(
        'button',
        { class: 'icon-button', type: 'button', 'aria-label': 'Close message', onclick: remove },
        icon('close'),
      ),
    );
    element.dataset.text = toast.text;
    this.element.append(element);
    if (!toast.sticky) this.removeLater(element);
  }

  info(text: string): void {
    this.show({ kind: 'info', text });
  }

  error(text: string): void {
    this.show({ kind: 'error', text });
  }

  /** Waits as long as the pointer or the focus is on it. */
  private removeLater(element: HTMLElement): void {
    setTimeout(() => {
      if (element.matches(':hover, :focus-within')) this.removeLater(element);
      else element.remove();
    }, SHOWN_MS);
  }
}

function details({ details }: Toast): Child {
  if (!details) return null;
  return h('details', null, h('summary', null, details.label), h('pre', { testid: 'toast-details' }, details.text));
}

function action({ action }: Toast, remove: () => void): Child {
  if (!action) return null;
  const run = (): void => {
    remove();
    action.run();
  };
  return h('button', { class: 'button button-small', type: 'button', onclick: run }, action.label);
}
