import type { XtermCore } from './xterm-internals';

const MOUSE_PROTOCOL: Readonly<Record<string, string>> = { X10: '9', VT200: '1000', DRAG: '1002', ANY: '1003' };
const MOUSE_ENCODING: Readonly<Record<string, string>> = { SGR: '1006', SGR_PIXELS: '1016' };
const CURSOR_STYLE = { block: 2, underline: 4, bar: 6 } as const;

/**
 * Every mode that differs from a fresh terminal and does not move the cursor when set. Origin mode does; it is
 * the snapshot writer's.
 */
export function modeSequences(core: XtermCore): string {
  const modes = core.coreService.decPrivateModes;
  const { activeProtocol, activeEncoding } = core.coreMouseService;
  const { convertEol, cursorBlink } = core.optionsService.rawOptions;
  const set: string[] = [];
  const when = (on: boolean | undefined, sequence: string): void => void (on && set.push(sequence));

  when(!modes.wraparound, '\x1b[?7l');
  when(modes.applicationCursorKeys, '\x1b[?1h');
  when(modes.applicationKeypad, '\x1b=');
  when(modes.bracketedPasteMode, '\x1b[?2004h');
  when(modes.reverseWraparound, '\x1b[?45h');
  when(modes.sendFocus, '\x1b[?1004h');
  when(core.coreService.isCursorHidden, '\x1b[?25l');
  when(cursorBlink, '\x1b[?12h');
  when(core.coreService.modes.insertMode, '\x1b[4h');
  when(convertEol, '\x1b[20h');
  when(activeProtocol in MOUSE_PROTOCOL, `\x1b[?${MOUSE_PROTOCOL[activeProtocol]}h`);
  when(activeEncoding in MOUSE_ENCODING, `\x1b[?${MOUSE_ENCODING[activeEncoding]}h`);
  if (modes.cursorStyle) set.push(`\x1b[${CURSOR_STYLE[modes.cursorStyle] - (modes.cursorBlink ? 1 : 0)} q`);
  // A frame cut in the middle stays one: the rest of it, and the end of the mode, are in the output that follows.
  when(modes.synchronizedOutput, '\x1b[?2026h');
  return set.join('');
}
