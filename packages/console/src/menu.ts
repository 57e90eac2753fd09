import { h, type Child } from './dom';
import { icon } from './icons';

export type MenuItem =
  | 'separator'
  | {
      readonly label: string;
      readonly run: () => void;
      /** A second line below the label. */
      readonly note?: string;
      readonly hint?: string;
      readonly checked?: boolean;
      readonly disabled?: boolean;
      readonly danger?: boolean;
      readonly testid?: string;
    };

/** Where a menu opens: below an element, or at a point. */
export type MenuAnchor = HTMLElement | { readonly x: number; readonly y: number };

const GAP = 4;

let closeOpenMenu: (() => void) | undefined;

/** Opens a menu; arrows move, Enter chooses, Escape and a press elsewhere close. Focus goes back where it was. */
export function openMenu(anchor: MenuAnchor, items: readonly MenuItem[], label: string, header?: Child): void {
  closeOpenMenu?.();
  const before = document.activeElement as HTMLElement | null;
  const outside = new AbortController();
  const close = (): void => {
    outside.abort();
    menu.remove();
    closeOpenMenu = undefined;
    if (anchor instanceof HTMLElement) anchor.setAttribute('aria-expanded', 'false');
    if (document.activeElement === document.body || document.activeElement === null) before?.focus();
  };
  const choose = (run: () => void): void => {
    close();
    before?.focus();
    run();
  };
  const menu = h(
    'div',
    { class: 'menu', role: 'menu', 'aria-label': label, tabindex: -1, testid: 'menu' },
    header,
    ...items.map((item) => row(item, choose)),
  );
  closeOpenMenu = close;
  document.body.append(menu);
  place(menu, anchor);
  if (anchor instanceof HTMLElement) anchor.setAttribute('aria-expanded', 'true');
  const { signal } = outside;
  menu.addEventListener('keydown', (event) => onKey(event, menu, close));
  document.addEventListener('pointerdown', (event) => !menu.contains(event.target as Node) && close(), {
    signal,
    capture: true,
  });
  window.addEventListener('blur', close, { signal });
  window.addEventListener('resize', close, { signal });
  (choices(menu)[0] ?? menu).focus();
}

function row(item: MenuItem, choose: (run: () => void) => void): HTMLElement {
  if (item === 'separator') return h('div', { class: 'menu-separator', role: 'separator' });
  const checkable = item.checked !== undefined;
  return h(
    'button',
    {
      class: item.danger ? 'menu-item menu-danger' : 'menu-item',
      type: 'button',
      role: checkable ? 'menuitemradio' : 'menuitem',
      'aria-checked': checkable ? String(item.checked) : undefined,
      disabled: item.disabled,
      tabindex: -1,
      testid: item.testid,
      onclick: () => choose(item.run),
    },
    checkable && h('span', { class: 'menu-check' }, item.checked && icon('check')),
    h('span', { class: 'menu-label' }, item.label, item.note ? h('small', null, item.note) : null),
    item.hint ? h('kbd', null, item.hint) : null,
  );
}

function choices(menu: HTMLElement): HTMLButtonElement[] {
  return [...menu.querySelectorAll<HTMLButtonElement>('.menu-item:not(:disabled)')];
}

function onKey(event: KeyboardEvent, menu: HTMLElement, close: () => void): void {
  const all = choices(menu);
  const at = all.indexOf(document.activeElement as HTMLButtonElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to !== undefined) all[(to + all.length) % all.length]?.focus();
  else if (event.key === 'Escape' || event.key === 'Tab') {
    (document.activeElement as HTMLElement).blur();
    close();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

function place(menu: HTMLElement, anchor: MenuAnchor): void {
  const box = menu.getBoundingClientRect();
  const from = anchor instanceof HTMLElement ? anchor.getBoundingClientRect() : undefined;
  const point = anchor as { x: number; y: number };
  const x = from ? (from.left + box.width > innerWidth ? from.right - box.width : from.left) : point.x;
  const below = from ? from.bottom + GAP : point.y;
  const above = (from ? from.top - GAP : point.y) - box.height;
  const y = below + box.height > innerHeight - GAP && above > GAP ? above : below;
  menu.style.left = `${Math.max(GAP, Math.min(x, innerWidth - box.width - GAP))}px`;
  menu.style.top = `${Math.max(GAP, Math.min(y, innerHeight - box.height - GAP))}px`;
}
