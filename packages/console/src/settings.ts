import { Observable } from './observable';

export type PasteWarning = 'always' | 'unbracketed' | 'never';

export interface Settings {
  readonly theme: string;
  readonly fontSize: number;
  readonly copyOnSelect: boolean;
  /** When pasting several lines asks first; `unbracketed`: only if the program would run them line by line. */
  readonly pasteWarning: PasteWarning;
  /** Programs may put text into the clipboard (OSC 52). */
  readonly programsMayCopy: boolean;
  readonly cursorBlink: boolean;
  readonly screenReader: boolean;
  readonly sidebarHidden: boolean;
  /** The browser tells when a Claude session needs the user who looks elsewhere. */
  readonly notify: boolean;
  /** … and shows what it wants to do. */
  readonly notifyDetails: boolean;
  /** Which key asks for command suggestions. */
  readonly suggestionKey: string;
}

export const FONT_SIZES = { min: 8, max: 32, normal: 14 } as const;

const KEY = 'holdfast.settings';

const DEFAULTS: Settings = {
  theme: 'system',
  fontSize: FONT_SIZES.normal,
  copyOnSelect: false,
  pasteWarning: 'always',
  programsMayCopy: false,
  cursorBlink: true,
  screenReader: false,
  sidebarHidden: false,
  notify: false,
  notifyDetails: false,
  suggestionKey: 'ctrl-shift-space',
};

/** What this browser remembers about how the user likes the console. */
export function loadSettings(): Observable<Settings> {
  const settings = new Observable<Settings>({ ...DEFAULTS, ...read() });
  settings.watch((value) => {
    try {
      localStorage.setItem(KEY, JSON.stringify(value));
    } catch {
      // A browser that refuses storage still gets a working console.
    }
  });
  return settings;
}

export function clampFontSize(size: number): number {
  return Math.min(FONT_SIZES.max, Math.max(FONT_SIZES.min, Math.round(size)));
}

/** Keeps only known fields of the right type, so that a stored oddity cannot break the console. */
function read(): Partial<Settings> {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Record<string, unknown>;
    const known = Object.entries(DEFAULTS).filter(([key, value]) => typeof stored[key] === typeof value);
    const settings = Object.fromEntries(known.map(([key]) => [key, stored[key]])) as Partial<Settings>;
    return settings.fontSize ? { ...settings, fontSize: clampFontSize(settings.fontSize) } : settings;
  } catch {
    return {};
  }
}
