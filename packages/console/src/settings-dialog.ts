import { notificationSettings } from './claude/notification-settings';
import { ask } from './dialog';
import { h, type Child } from './dom';
import type { Observable } from './observable';
import { clampFontSize, FONT_SIZES, type PasteWarning, type Settings } from './settings';
import { THEMES } from './themes';

const PASTE_WARNINGS: readonly (readonly [PasteWarning, string])[] = [
  ['always', 'Always ask'],
  ['unbracketed', 'Ask when the lines would run at once'],
  ['never', 'Never ask'],
];

/** Every choice applies at once, so the terminal behind the dialog shows what it does. */
export function openSettings(settings: Observable<Settings>, suggestions: HTMLElement): void {
  void ask({
    title: 'Settings',
    testid: 'settings-dialog',
    buttons: [],
    body: [
      themeChoice(settings),
      field('Text size', fontSize(settings)),
      field('Pasting several lines', pasteWarning(settings)),
      check('Copy as soon as text is selected', 'copyOnSelect', settings),
      check('Let programs put text into the clipboard', 'programsMayCopy', settings),
      check('Blinking cursor', 'cursorBlink', settings),
      check('Screen reader support', 'screenReader', settings),
      notificationSettings(settings),
      suggestions,
    ],
  });
}

function field(label: string, control: HTMLElement): HTMLElement {
  return h('label', { class: 'setting' }, h('span', null, label), control);
}

function themeChoice(settings: Observable<Settings>): HTMLElement {
  const choices = [
    { id: 'system', label: 'System', colours: undefined },
    ...THEMES.map(({ id, label, terminal }) => ({ id, label, colours: terminal })),
  ];
  const group = h('div', { class: 'themes', role: 'radiogroup', 'aria-label': 'Theme' });
  for (const { id, label, colours } of choices) {
    const swatch = h('span', { class: 'swatch', 'aria-hidden': 'true' });
    if (colours) {
      swatch.style.background = colours.background ?? '';
      for (const colour of [colours.foreground, colours.green, colours.yellow, colours.blue, colours.magenta]) {
        const bar = h('i');
        bar.style.background = colour ?? '';
        swatch.append(bar);
      }
    } else swatch.classList.add('swatch-system');
    const input = h('input', {
      type: 'radio',
      name: 'theme',
      value: id,
      checked: settings.value.theme === id,
      testid: `theme-${id}`,
      onchange: () => settings.patch({ theme: id }),
    });
    group.append(h('label', { class: 'theme' }, input, swatch, h('span', null, label)));
  }
  return group;
}

function fontSize(settings: Observable<Settings>): HTMLElement {
  const shown = h('output', { class: 'font-size', testid: 'font-size' }, String(settings.value.fontSize));
  const step = (by: number): void => {
    settings.patch({ fontSize: clampFontSize(settings.value.fontSize + by) });
    shown.textContent = String(settings.value.fontSize);
  };
  const button = (text: string, label: string, testid: string, by: number): Child =>
    h(
      'button',
      { class: 'button button-small', type: 'button', 'aria-label': label, testid, onclick: () => step(by) },
      text,
    );
  return h(
    'span',
    { class: 'stepper', title: `${FONT_SIZES.min} to ${FONT_SIZES.max}` },
    button('−', 'Smaller text', 'font-smaller', -1),
    shown,
    button('+', 'Larger text', 'font-larger', 1),
  );
}

function pasteWarning(settings: Observable<Settings>): HTMLSelectElement {
  const select = h('select', { class: 'input', testid: 'paste-warning' });
  for (const [value, label] of PASTE_WARNINGS)
    select.append(h('option', { value, selected: settings.value.pasteWarning === value }, label));
  select.addEventListener('change', () => settings.patch({ pasteWarning: select.value as PasteWarning }));
  return select;
}

function check(
  label: string,
  key: 'copyOnSelect' | 'programsMayCopy' | 'cursorBlink' | 'screenReader',
  settings: Observable<Settings>,
): HTMLElement {
  const input = h('input', { type: 'checkbox', checked: settings.value[key], testid: `setting-${key}` });
  input.addEventListener('change', () => settings.patch({ [key]: input.checked }));
  return h('label', { class: 'check' }, input, h('span', null, label));
}
