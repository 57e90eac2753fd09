export type Child = Node | string | null | undefined | false;
type Listener = (event: never) => void;

/** Attributes by their HTML names; `on…` functions become listeners; `testid` becomes `data-testid`. */
export type Props = Readonly<Record<string, string | number | boolean | Listener | null | undefined>>;

/** Makes an element. Data only ever becomes text nodes and attributes, never markup. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props?: Props | null,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) setProp(element, name, value);
  append(element, children);
  return element;
}

function setProp(element: HTMLElement, name: string, value: Props[string]): void {
  if (value === undefined || value === null || value === false) return;
  if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener);
  else if (name === 'testid') element.dataset.testid = String(value);
  else element.setAttribute(name, value === true ? '' : String(value));
}

export function append(parent: Element, children: readonly Child[]): void {
  for (const child of children) if (child !== null && child !== undefined && child !== false) parent.append(child);
}

export function replaceChildren(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren();
  append(parent, children);
}

/** Listens until the returned function is called. */
export function listen<K extends keyof WindowEventMap>(
  target: Window,
  type: K,
  run: (event: WindowEventMap[K]) => void,
  options?: AddEventListenerOptions,
): () => void {
  target.addEventListener(type, run, options);
  return () => target.removeEventListener(type, run, options);
}

/** Takes focus off whatever the user is not looking at when nothing better is focused. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement) || target.classList.contains('xterm-helper-textarea')) return false;
  return target.matches('input, textarea, select, [contenteditable]');
}
