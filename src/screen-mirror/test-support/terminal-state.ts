import { Hyperlinks, repairEraseAbove } from '@holdfast/emulator-guard';
import type { Terminal } from '@xterm/headless';
import { hasExtended, lookOf, lookOfCursor, type Look } from '../emulator/attributes';
import { designatorOf } from '../emulator/charsets';
import { lookAt } from '../emulator/screen-painter';
import { coreOf, newTerminal, type XtermBuffer, type XtermCore } from '../emulator/xterm-internals';

const UNDERLINE = 0x10000000;
const UNDERLINE_STYLE = 0x1c000000;

/** Everything about a terminal that a user sees or that decides what later output does. */
export function stateOf(terminal: Terminal): Record<string, unknown> {
  const core = coreOf(terminal);
  const { normal, alt, active } = core._bufferService.buffers;
  const { _charsets, glevel, charset } = core._charsetService;
  const { rawOptions } = core.optionsService;
  return {
    size: `${terminal.cols}x${terminal.rows}`,
    active: active === alt ? 'alternate' : 'normal',
    normal: bufferOf(core, normal, terminal, active === normal),
    // Leaving the alternate screen empties it; what it saved stays.
    alt: active === alt ? bufferOf(core, alt, terminal, true) : savedOf(alt, terminal.rows, terminal.cols),
    pen: withLink(core, lookOfCursor(core._inputHandler._curAttrData)),
    joins: core._inputHandler._parser.precedingJoinState,
    charsets: [0, 1, 2, 3].map((level) => designatorOf(_charsets[level])).join(''),
    glevel,
    charset: designatorOf(charset),
    modes: { ...core.coreService.modes, ...core.coreService.decPrivateModes },
    cursorHidden: core.coreService.isCursorHidden,
    mouse: [core.coreMouseService.activeProtocol, core.coreMouseService.activeEncoding],
    convertEol: rawOptions.convertEol,
    cursorBlink: rawOptions.cursorBlink,
    titles: [core._inputHandler._windowTitle, core._inputHandler._iconName],
  };
}

/** False in the states the snapshot writer documents as not exact. */
export function isSayable(terminal: Terminal): boolean {
  const core = coreOf(terminal);
  const { normal, alt, active } = core._bufferService.buffers;
  const { charset, _charsets, glevel } = core._charsetService;
  const cursorLine = active.lines.get(active.ybase + active.y);
  const lastCell = terminal.cols - 1;
  if (active.x >= terminal.cols && cursorLine?.getString(lastCell) === '' && cursorLine.getWidth(lastCell) === 1)
    return false;
  if (core.coreService.decPrivateModes.origin && (active.y < active.scrollTop || active.y > active.scrollBottom))
    return false;
  if (charset !== _charsets[glevel] && charset !== active.savedCharset) return false;
  const joinWidth = core._inputHandler._parser.precedingJoinState >> 1;
  const joined = active.x - joinWidth;
  if (joinWidth > 0 && (cursorLine?.getWidth(joined) !== joinWidth || cursorLine.getString(joined) === ''))
    return false;
  const pen = core._inputHandler._curAttrData;
  if (pen.extended._urlId !== 0 && !hasExtended(pen.bg)) return false;
  if ((pen.extended._ext & UNDERLINE_STYLE) !== 0 && (pen.fg & UNDERLINE) === 0) return false;
  if (hasHalfCharacter(normal) || hasHalfCharacter(alt)) return false;
  if (normal.lines.get(0)?.isWrapped || alt.lines.get(0)?.isWrapped) return false;
  for (let row = 0; row < alt.lines.length; row++) if (alt.lines.get(row)?.length !== terminal.cols) return false;
  return [normal, alt].every(({ savedY, ybase }) => {
    if (savedY >= ybase) return savedY < ybase + terminal.rows;
    return savedY < terminal.rows;
  });
}

function hasHalfCharacter(buffer: XtermBuffer): boolean {
  for (let index = 0; index < buffer.lines.length; index++) {
    const line = buffer.lines.get(index);
    for (let column = 0; line && column < line.length; column++) {
      const second = column + 1 < line.length && line.getWidth(column + 1) === 0 && line.getString(column + 1) === '';
      if ((line.getWidth(column) === 2) !== second) return true;
    }
  }
  return false;
}

/** Writes to a terminal as a client does, but at once. */
export function write(terminal: Terminal, bytes: Uint8Array): void {
  coreOf(terminal)._inputHandler.parse(bytes);
}

export function clientTerminal(cols: number, rows: number, scrollback = 500): Terminal {
  const terminal = newTerminal({ cols, rows, scrollback });
  repairEraseAbove(coreOf(terminal));
  // xterm.js itself forgets a link with the line on which it was opened, wherever its text is now.
  Hyperlinks.install(coreOf(terminal));
  return terminal;
}

function bufferOf(core: XtermCore, buffer: XtermBuffer, terminal: Terminal, current: boolean): Record<string, unknown> {
  const lines: string[] = [];
  for (let index = 0; index < buffer.lines.length; index++) lines.push(lineOf(core, buffer, index, terminal.cols));
  const tabs = Array.from({ length: terminal.cols }, (_, column) => column).filter((column) => buffer.tabs[column]);
  return {
    lines,
    ybase: buffer.ybase,
    ...(current ? { x: buffer.x, y: buffer.y } : {}),
    region: [buffer.scrollTop, buffer.scrollBottom],
    tabs,
    ...savedOf(buffer, terminal.rows, terminal.cols),
  };
}

function savedOf(buffer: XtermBuffer, rows: number, cols: number): Record<string, unknown> {
  return {
    saved: [Math.min(buffer.savedX, cols - 1), Math.min(Math.max(buffer.savedY - buffer.ybase, 0), rows - 1)],
    savedLook: describe(lookOf(buffer.savedCurAttrData.fg, buffer.savedCurAttrData.bg, undefined)),
    savedCharset: designatorOf(buffer.savedCharset),
  };
}

function lineOf(core: XtermCore, buffer: XtermBuffer, index: number, cols: number): string {
  const line = buffer.lines.get(index);
  if (!line) return 'missing';
  const cells: string[] = [];
  let before = '';
  for (let column = 0; column < cols; column++) {
    const look = withLink(core, lookAt(line, column));
    const width = line.getWidth(column);
    cells.push(
      `${look === before ? '' : `{${look}}`}${line.getString(column) || '·'}${width === 1 ? '' : `/${width}`}`,
    );
    before = look;
  }
  return `${line.isWrapped && index > 0 ? '↪' : ' '}${cells.join('')}`;
}

function withLink(core: XtermCore, look: Look): string {
  const link = look.link ? core._oscLinkService.getLinkData(look.link) : undefined;
  return `${describe({ ...look, link: 0 })}${link ? `@${link.uri}` : ''}`;
}

function describe(look: Look): string {
  const { fg, bg, underline, underlineColour } = look;
  return [fg >>> 0, bg >>> 0, underline, underlineColour].map((part) => (part ? part.toString(16) : '')).join(',');
}
