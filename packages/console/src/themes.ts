import type { ITheme } from '@xterm/xterm';

/** Colours of the page around the terminal; each becomes a CSS variable of the same name. */
interface Surface {
  readonly chrome: string;
  readonly surface: string;
  readonly raised: string;
  readonly border: string;
  readonly text: string;
  readonly muted: string;
  readonly accent: string;
  readonly onAccent: string;
  readonly ok: string;
  readonly warn: string;
  readonly danger: string;
}

export interface Theme {
  readonly id: string;
  readonly label: string;
  readonly kind: 'dark' | 'light';
  readonly surface: Surface;
  readonly terminal: ITheme;
}

const ANSI = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

/** Builds the sixteen colours from two rows of eight. */
function palette(
  background: string,
  foreground: string,
  cursor: string,
  selection: string,
  normal: string,
  bright: string,
): ITheme {
  const dark = normal.split(' ');
  const light = bright.split(' ');
  const named = ANSI.flatMap((name, i) => [
    [name, dark[i]],
    [`bright${name[0]?.toUpperCase()}${name.slice(1)}`, light[i]],
  ]);
  return {
    background,
    foreground,
    cursor,
    cursorAccent: background,
    overviewRulerBorder: background,
    selectionBackground: selection,
    scrollbarSliderBackground: `${foreground}22`,
    scrollbarSliderHoverBackground: `${foreground}3a`,
    scrollbarSliderActiveBackground: `${foreground}55`,
    ...(Object.fromEntries(named) as ITheme),
  };
}

export const THEMES: readonly Theme[] = [
  {
    id: 'dark',
    label: 'Holdfast Dark',
    kind: 'dark',
    surface: {
      chrome: '#0b0f14',
      surface: '#10151c',
      raised: '#19212b',
      border: '#232d39',
      text: '#dbe3ec',
      muted: '#8a98a8',
      accent: '#4cc2ae',
      onAccent: '#04211c',
      ok: '#4cc38a',
      warn: '#eab25f',
      danger: '#f0766f',
    },
    terminal: palette(
      '#10151c',
      '#d6dee8',
      '#6fdcc8',
      '#2b4a5c',
      '#27313d #f0766f #62c98f #e6b566 #6aa9f4 #c591e8 #4fc4cf #c9d3de',
      '#5d6c7d #ff9b94 #8ae0ae #f6cf8d #93c4ff #dab2f5 #7fe0e8 #f4f8fc',
    ),
  },
  {
    id: 'light',
    label: 'Holdfast Light',
    kind: 'light',
    surface: {
      chrome: '#eef1f5',
      surface: '#fbfcfd',
      raised: '#ffffff',
      border: '#d5dce4',
      text: '#1d2733',
      muted: '#5b6878',
      accent: '#0b7a6b',
      onAccent: '#ffffff',
      ok: '#14804a',
      warn: '#96620a',
      danger: '#c23b34',
    },
    terminal: palette(
      '#fbfcfd',
      '#1f2a36',
      '#0b7a6b',
      '#bfe3dc',
      '#2a3541 #c23b34 #1c7a44 #8a5a00 #1f63c4 #8a3fb3 #0c7684 #66727f',
      '#56636f #d6504a #248f54 #a36c05 #3477d8 #a055c9 #178c9b #3a4652',
    ),
  },
  {
    id: 'solarized-dark',
    label: 'Solarized Dark',
    kind: 'dark',
    surface: {
      chrome: '#00212b',
      surface: '#002b36',
      raised: '#073642',
      border: '#0f4552',
      text: '#b3c0c0',
      muted: '#829699',
      accent: '#2aa198',
      onAccent: '#00191f',
      ok: '#98ab00',
      warn: '#c99a0e',
      danger: '#ee5a57',
    },
    terminal: palette(
      '#002b36',
      '#93a1a1',
      '#93a1a1',
      '#0e4b5a',
      '#073642 #dc322f #859900 #b58900 #268bd2 #d33682 #2aa198 #eee8d5',
      '#586e75 #cb4b16 #98ab26 #c9a227 #58a6dd #6c71c4 #4dbdb4 #fdf6e3',
    ),
  },
  {
    id: 'dracula',
    label: 'Dracula',
    kind: 'dark',
    surface: {
      chrome: '#1e1f29',
      surface: '#282a36',
      raised: '#343746',
      border: '#44475a',
      text: '#f2f2ec',
      muted: '#a3abc9',
      accent: '#bd93f9',
      onAccent: '#1d1330',
      ok: '#50fa7b',
      warn: '#ffb86c',
      danger: '#ff6e6e',
    },
    terminal: palette(
      '#282a36',
      '#f8f8f2',
      '#f8f8f2',
      '#44475a',
      '#21222c #ff5555 #50fa7b #f1fa8c #bd93f9 #ff79c6 #8be9fd #f8f8f2',
      '#6272a4 #ff6e6e #69ff94 #ffffa5 #d6acff #ff92df #a4ffff #ffffff',
    ),
  },
  {
    id: 'nord',
    label: 'Nord',
    kind: 'dark',
    surface: {
      chrome: '#272c37',
      surface: '#2e3440',
      raised: '#3b4252',
      border: '#434c5e',
      text: '#e5e9f0',
      muted: '#a3afc4',
      accent: '#88c0d0',
      onAccent: '#182229',
      ok: '#a3be8c',
      warn: '#ebcb8b',
      danger: '#e28089',
    },
    terminal: palette(
      '#2e3440',
      '#d8dee9',
      '#d8dee9',
      '#4c566a',
      '#3b4252 #bf616a #a3be8c #ebcb8b #81a1c1 #b48ead #88c0d0 #e5e9f0',
      '#596377 #d0737c #b3cc9e #f2d9a3 #94b3d2 #c5a3be #8fbcbb #eceff4',
    ),
  },
];

const light = window.matchMedia('(prefers-color-scheme: light)');

/** The theme for a stored id; `system`, and whatever is unknown, follows the operating system. */
export function themeFor(id: string): Theme {
  const wanted = THEMES.some((theme) => theme.id === id) ? id : light.matches ? 'light' : 'dark';
  return THEMES.find((theme) => theme.id === wanted) as Theme;
}

export function onSystemThemeChange(run: () => void): void {
  light.addEventListener('change', run);
}

export function applyTheme(theme: Theme): void {
  const root = document.documentElement;
  root.dataset.theme = theme.id;
  root.style.colorScheme = theme.kind;
  for (const name of Object.keys(theme.surface) as (keyof Surface)[]) {
    root.style.setProperty(`--${name}`, theme.surface[name]);
  }
  root.style.setProperty('--terminal', theme.terminal.background ?? '');
  document.querySelector<HTMLMetaElement>('meta[name="theme-color"]')?.setAttribute('content', theme.surface.chrome);
}
