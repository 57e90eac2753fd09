import { erased, hasExtended, lookOf, lookOfCursor, PLAIN, sameLook } from './attributes';
import { designatorOf } from './charsets';
import { modeSequences } from './modes';
import { Pen } from './pen';
import { lookAt, ScreenPainter } from './screen-painter';
import type { AttributeData, XtermBuffer, XtermCore, XtermLine } from './xterm-internals';

const TAB_WIDTH = 8;
const SHIFT_TO = ['\x0f', '\x0e', '\x1bn', '\x1bo'];
const DESIGNATE = ['(', ')', '*', '+'];
const ZERO_WIDTH = '\u0301';

/**
 * The escape sequences that bring a fresh terminal of the same size to this state: what it shows and everything that
 * decides what later output does. Contains nothing that a terminal answers.
 *
 * It replaces @xterm/addon-serialize, which loses the saved cursor, scroll region, tab stops, character sets, cursor style,
 * mouse encoding, underline style and colour, hyperlinks and protection, turns bold off together with dim, and restores
 * neither pending wrap nor "the next combining character joins".
 *
 * Not exact, because no sequence says it:
 * - whether the very first line continues one that was dropped;
 * - where a saved cursor is that is deep in the scrollback (restoring goes to the top row either way);
 * - tab stops right of the edge, and columns of the alternate screen that a narrower size hides;
 * - pending wrap behind an erased last cell of a line that is not empty (the cell becomes a space that looks the same);
 * - half a wide character left at the edge by a resize or with autowrap off;
 * - a look beyond the background in every cell of an empty line;
 * - a hyperlink or underline left on while a cursor without one was restored;
 * - the character set in use when it is neither the selected nor the saved one;
 * - the cursor outside the scroll region in origin mode (switching screens can leave it there);
 * - what a combining character joins when a resize moved the cursor or the character before did not fit;
 * - control characters inside a sequence that a resize interrupts, or in one that is too long to keep;
 * - images.
 */
export class SnapshotWriter {
  private readonly pen: Pen;

  constructor(
    private readonly core: XtermCore,
    private readonly cols: number,
    private readonly rows: number,
  ) {
    this.pen = new Pen((link) => core._oscLinkService.getLinkData(link));
  }

  write(colours: string): string {
    const { normal, alt, active } = this.core._bufferService.buffers;
    if (active === normal && hasSavedCursor(alt)) {
      this.pen.write('\x1b[?47h');
      this.savedCursor(alt, alt.savedY);
      this.pen.write('\x1b[?47l\x1b[H');
    }
    this.screen(normal);
    if (active === alt) {
      this.pen.write('\x1b[?47h\x1b[H');
      this.screen(alt);
    }
    this.pen.write(colours + this.titles());
    this.cursorAndModes(active);
    return this.pen.toString();
  }

  private screen(buffer: XtermBuffer): void {
    // Counted from the top of everything; nothing is scrolled out yet, so a row of the screen is a line of the buffer.
    const scrolledOut = hasSavedCursor(buffer) && buffer.savedY < buffer.ybase;
    if (scrolledOut) {
      this.savedCursor(buffer, Math.min(buffer.savedY, this.rows - 1));
      this.pen.write('\x1b[H');
    }
    new ScreenPainter(this.pen, buffer, this.cols, this.rows).paint();
    this.pen.use(PLAIN);
    this.tabStops(buffer);
    if (hasSavedCursor(buffer) && !scrolledOut) this.savedCursor(buffer, buffer.savedY - buffer.ybase);
    if (buffer.scrollTop !== 0 || buffer.scrollBottom !== this.rows - 1) {
      this.pen.write(`\x1b[${buffer.scrollTop + 1};${buffer.scrollBottom + 1}r`);
    }
  }

  private tabStops(buffer: XtermBuffer): void {
    let asUsual = true;
    const stops: number[] = [];
    for (let column = 0; column < this.cols; column++) {
      const stop = buffer.tabs[column] === true;
      if (stop !== (column % TAB_WIDTH === 0)) asUsual = false;
      if (stop) stops.push(column);
    }
    if (asUsual) return;
    this.pen.write('\x1b[3g');
    for (const column of stops) this.pen.write(`\x1b[${column + 1}G\x1bH`);
  }

  private savedCursor(buffer: XtermBuffer, savedRow: number): void {
    const row = Math.min(savedRow, this.rows - 1);
    const column = Math.min(buffer.savedX, this.cols - 1);
    const designator = designatorOf(buffer.savedCharset);
    this.pen.write(`\x1b[${row + 1};${column + 1}H`);
    this.savedLook(buffer.savedCurAttrData);
    this.pen.write(designator === 'B' ? '\x1b7' : `\x1b(${designator}\x1b7\x1b(B`);
    this.pen.forget();
  }

  /** Only the two words are saved, not the link; with the "has link or underline style" bit, which a link sets. */
  private savedLook(saved: AttributeData): void {
    const look = lookOf(saved.fg, saved.bg, undefined);
    this.pen.use(look);
    const extendedByLink = hasExtended(saved.bg) && look.underline === 0;
    if (extendedByLink) this.pen.write('\x1b]8;;x:\x1b\\');
  }

  private titles(): string {
    const { _windowTitle: title, _iconName: icon } = this.core._inputHandler;
    return (icon ? `\x1b]1;${icon}\x1b\\` : '') + (title ? `\x1b]2;${title}\x1b\\` : '');
  }

  private cursorAndModes(buffer: XtermBuffer): void {
    const { decPrivateModes } = this.core.coreService;
    const restored = this.charsetFromSavedCursor(buffer);
    if (decPrivateModes.origin) this.pen.write('\x1b[?6h');
    this.placeCursor(buffer);
    if (!restored) this.charsets();
    this.pen.write(modeSequences(this.core));
    this.pen.use(lookOfCursor(this.core._inputHandler._curAttrData));
    this.rejoin(buffer);
  }

  private charsets(): void {
    const { _charsets, glevel } = this.core._charsetService;
    DESIGNATE.forEach((intermediate, level) => {
      const designator = designatorOf(_charsets[level]);
      if (designator !== 'B') this.pen.write(`\x1b${intermediate}${designator}`);
    });
    if (glevel !== 0) this.pen.write(SHIFT_TO[glevel] as string);
  }

  /** Restoring a cursor selects its character set without designating it; the only way there is to do the same. */
  private charsetFromSavedCursor(buffer: XtermBuffer): boolean {
    const { charset, _charsets, glevel } = this.core._charsetService;
    if (charset === _charsets[glevel] || charset !== buffer.savedCharset) return false;
    this.charsets();
    this.pen.write('\x1b8');
    // Look and link now are those of the saved cursor; say everything again.
    this.pen.forget();
    return true;
  }

  private placeCursor(buffer: XtermBuffer): void {
    if (buffer.x < this.cols) {
      this.moveTo(buffer, buffer.x);
      return;
    }
    // Only printing takes the cursor behind the last column.
    const line = this.cursorLine(buffer);
    const last = this.cols - 1;
    const width = line.getWidth(last);
    if (line.getString(last) !== '' && width < 2) this.print(buffer, line, last);
    else if (width === 0 && line.getWidth(last - 1) === 2) this.print(buffer, line, last - 1);
    else this.blankAtEdge(buffer, line);
    if (buffer.x > this.cols) this.pen.write(`\x1b\\${ZERO_WIDTH}`);
    this.pen.write('\x1b\\');
  }

  private blankAtEdge(buffer: XtermBuffer, line: XtermLine): void {
    this.moveTo(buffer, this.cols - 1);
    this.pen.use(lookAt(line, this.cols - 1));
    this.pen.write(' ');
    if (isErased(line, this.cols)) this.pen.write('\x1b[1K');
  }

  private print(buffer: XtermBuffer, line: XtermLine, column: number): void {
    this.moveTo(buffer, column);
    this.pen.use(lookAt(line, column));
    this.pen.write(`\x1b\\${line.getString(column)}`);
  }

  /**
   * A combining character joins what was printed just before it, and CSI b repeats it: when the last thing done was to
   * print, the snapshot ends by printing the same character again in its place.
   */
  private rejoin(buffer: XtermBuffer): void {
    const width = (this.core._inputHandler._parser.precedingJoinState >> 1) & 3;
    const column = Math.min(buffer.x, this.cols) - width;
    if (width === 0 || column < 0) return;
    const line = this.cursorLine(buffer);
    // As a cell keeps it, which is without an underline colour that underlines nothing.
    const { fg, bg, extended } = this.core._inputHandler._curAttrData;
    const look = lookOf(fg, bg, hasExtended(bg) ? extended : undefined);
    if (line.getString(column) === '' || line.getWidth(column) !== width || !sameLook(lookAt(line, column), look))
      return;
    this.moveTo(buffer, column);
    // In insert mode printing makes room first; deleting as much before leaves the rest where it is.
    if (this.core.coreService.modes.insertMode) this.pen.write(`\x1b[${width}P`);
    this.pen.write(line.getString(column));
  }

  private moveTo(buffer: XtermBuffer, column: number): void {
    const top = this.core.coreService.decPrivateModes.origin ? buffer.scrollTop : 0;
    this.pen.write(`\x1b[${buffer.y - top + 1};${column + 1}H`);
  }

  private cursorLine(buffer: XtermBuffer): XtermLine {
    return buffer.lines.get(buffer.ybase + buffer.y) as XtermLine;
  }
}

function hasSavedCursor(buffer: XtermBuffer): boolean {
  const { savedX, savedY, savedCharset, savedCurAttrData } = buffer;
  return (
    savedX !== 0 || savedY !== 0 || savedCharset !== undefined || savedCurAttrData.fg !== 0 || savedCurAttrData.bg !== 0
  );
}

function isErased(line: XtermLine, cols: number): boolean {
  const first = lookAt(line, 0);
  if (!sameLook(first, erased(first))) return false;
  for (let column = 0; column < cols; column++) {
    if (line.getString(column) !== '' || !sameLook(lookAt(line, column), first)) return false;
  }
  return true;
}
