import { backgroundOf, erased, hasExtended, lookOf, PLAIN, sameLook, type Look } from './attributes';
import type { Pen } from './pen';
import type { XtermBuffer, XtermLine } from './xterm-internals';

/** Two columns wide for every xterm.js version, and nothing to see. */
const WIDE_SPACE = '\u3000';
/** A string terminator without a string: does nothing, but what follows no longer joins the character before. */
const UNJOIN = '\x1b\\';

export function lookAt(line: XtermLine, column: number): Look {
  const bg = line.getBg(column);
  return lookOf(line.getFg(column), bg, hasExtended(bg) ? line._extendedAttrs[column] : undefined);
}

/**
 * Draws a buffer's lines, scrollback first, into a terminal whose cursor is at the top left of an empty screen and whose
 * modes are the default ones. Lines that continue the one before are made to by printing over the edge, as they were.
 */
export class ScreenPainter {
  private atEdge = false;
  /** Background of the cells not painted yet in this line. */
  private fill = 0;

  constructor(
    private readonly pen: Pen,
    private readonly buffer: XtermBuffer,
    private readonly cols: number,
    private readonly rows: number,
  ) {}

  paint(): void {
    const last = this.lastToPaint();
    for (let index = 0; index <= last; index++) {
      const line = this.buffer.lines.get(index) as XtermLine;
      if (index > 0) this.nextLine(this.buffer.lines.get(index - 1) as XtermLine, line, index >= this.rows);
      this.paintLine(line);
    }
  }

  /** Puts one cell back, and leaves the cells right of it alone. */
  paintCell(line: XtermLine, column: number): void {
    this.toColumn(column);
    const text = line.getString(column);
    const width = line.getWidth(column);
    const look = lookAt(line, column);
    if (text !== '') this.print(line, column, text, width);
    else if (width === 0 && column > 0) this.paintCell(line, column - 1);
    else if (column > 0 && !sameLook(look, erased(look))) this.paintStyledEmptyFromLeft(line, column, look);
    else this.pen.erase(1, look);
  }

  /** Blank lines below the last painted one are there already, unless the screen must scroll to reach them. */
  private lastToPaint(): number {
    let last = Math.min(this.buffer.lines.length, this.buffer.ybase + this.rows) - 1;
    if (this.buffer.ybase > 0) return last;
    while (last > 0 && isBlank(this.buffer.lines.get(last) as XtermLine, this.cols)) last--;
    return last;
  }

  private nextLine(previous: XtermLine, line: XtermLine, scrolls: boolean): void {
    if (!line.isWrapped) {
      this.pen.useDefaultBackground();
      this.pen.write('\r\n');
      this.fill = 0;
    } else if (this.atEdge && line.getString(0) !== '' && line.getWidth(0) > 0) {
      this.fill = scrolls ? backgroundOf(lookAt(line, 0)) : 0;
    } else {
      this.forceWrap(previous);
      this.fill = 0;
    }
  }

  /** Goes over the edge with blanks, then puts back what they covered. */
  private forceWrap(previous: XtermLine): void {
    this.pen.use(PLAIN);
    const covers = !this.atEdge;
    if (covers) {
      this.toColumn(this.cols - 1);
      this.pen.write(' ');
    }
    this.pen.write(' ');
    if (covers && this.rows > 1) {
      this.pen.write('\x1b[A');
      this.paintCell(previous, this.cols - 1);
      this.pen.write('\x1b[B');
    }
    this.pen.write('\r');
    this.pen.erase(1, PLAIN);
  }

  private paintLine(line: XtermLine): void {
    this.atEdge = false;
    let column = 0;
    let skipped = 0;
    while (column < this.cols) {
      const text = line.getString(column);
      const empty = text === '';
      const look = lookAt(line, column);
      const plain = empty && sameLook(look, erased(look));
      if (plain && backgroundOf(look) === this.fill) {
        skipped++;
        column++;
        continue;
      }
      if (skipped > 0) this.pen.write(skipped === 1 ? '\x1b[C' : `\x1b[${skipped}C`);
      skipped = 0;
      if (!empty) {
        const width = line.getWidth(column);
        this.print(line, column, text, width);
        column += Math.max(1, width);
        this.atEdge = column >= this.cols;
        continue;
      }
      const run = plain ? this.runLength(line, column, look) : 1;
      this.paintEmpty(line, column, run);
      column += run;
      // After erasing the cursor is still in front of the run.
      if (plain) skipped = run;
      else if (column < this.cols) this.toColumn(column);
    }
  }

  private runLength(line: XtermLine, from: number, look: Look): number {
    let to = from + 1;
    while (to < this.cols && line.getString(to) === '' && sameLook(lookAt(line, to), look)) to++;
    return to - from;
  }

  private print(line: XtermLine, column: number, text: string, width: number): void {
    this.pen.use(lookAt(line, column));
    // Half a wide character at the edge is left where a resize cut one; a blank is the nearest thing that can be printed.
    const cut = width === 2 && column + 1 >= this.cols;
    this.pen.write(cut ? ' ' : width === 0 ? UNJOIN + text : text);
  }

  private paintEmpty(line: XtermLine, column: number, count: number): void {
    const look = lookAt(line, column);
    if (sameLook(look, erased(look))) this.pen.erase(count, look);
    else if (column + 1 < this.cols) this.paintStyledEmpty(column, look);
    else this.paintStyledEmptyFromLeft(line, column, look);
  }

  /**
   * An empty cell that has more than a background (inverse, underlined …) is what remains when half of a wide character is
   * printed over, so that is how it is made.
   */
  private paintStyledEmpty(column: number, look: Look): void {
    this.pen.use(look);
    this.pen.write(WIDE_SPACE);
    this.toColumn(column + 1);
    this.pen.write(' ');
    this.toColumn(column + 1);
    this.pen.erase(1, { ...PLAIN, bg: this.fill });
  }

  private paintStyledEmptyFromLeft(line: XtermLine, column: number, look: Look): void {
    this.toColumn(column - 1);
    this.pen.use(look);
    this.pen.write(WIDE_SPACE);
    this.toColumn(column - 1);
    this.pen.write(' ');
    this.paintCell(line, column - 1);
  }

  private toColumn(column: number): void {
    this.pen.write(`\x1b[${column + 1}G`);
  }
}

export function isBlank(line: XtermLine, cols: number): boolean {
  if (line.isWrapped) return false;
  for (let column = 0; column < cols; column++) {
    if (line.getString(column) !== '' || !sameLook(lookAt(line, column), PLAIN)) return false;
  }
  return true;
}
