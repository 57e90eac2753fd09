import type { ITerminalInitOnlyOptions, ITerminalOptions } from '@xterm/xterm';
import { hiddenLinks } from './links';
import type { Settings } from './settings';
import { themeFor } from './themes';

/** Lines above the screen; the whole transcript stays on the server. */
const SCROLLBACK_LINES = 5_000;

const FONT =
  '"Cascadia Mono", "JetBrains Mono", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Noto Sans Mono", monospace';

export function terminalOptions(settings: Settings): ITerminalOptions & ITerminalInitOnlyOptions {
  return {
    // For the Unicode version and the search decorations.
    allowProposedApi: true,
    fontFamily: FONT,
    fontSize: settings.fontSize,
    scrollback: SCROLLBACK_LINES,
    rescaleOverlappingGlyphs: true,
    linkHandler: hiddenLinks,
    rightClickSelectsWord: false,
    overviewRuler: { width: 10 },
    ...liveOptions(settings),
  };
}

/** The options that follow the settings while a terminal is open. */
export function liveOptions(settings: Settings): ITerminalOptions {
  const theme = themeFor(settings.theme);
  return {
    theme: theme.terminal,
    // Programs choose colours for dark screens; on a light one they must stay readable.
    minimumContrastRatio: theme.kind === 'light' ? 4.5 : 1,
    cursorBlink: settings.cursorBlink,
    screenReaderMode: settings.screenReader,
  };
}
