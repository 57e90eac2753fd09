import { compose, isMark, isWide } from './characters';

/** Cells of one line; a longer one is cut into pieces. */
export const MAX_LINE_CELLS = 4096;
const TAB = 8;
const SPACE = 0x20;
/** The second cell of a wide character. */
const FILLER = 0;
const FIRST_ASTRAL = 0x10000;

/**
 * One logical line while it is written: what a terminal shows in one or more rows, because it wrapped. Knows the rows, so
 * that `\r` in a wrapped line returns to the start of its row, as line editors rely on.
 */
export class LineBuffer {
  private readonly cells = new Uint32Array(MAX_LINE_CELLS);
  private length = 0;
  private cursor = 0;
  /** The last cell of a row was written and the cursor has not moved to the next. */
  private wrapPending = false;
  private isSimple = true;

  constructor(public width: number) {}

  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** The next character may not fit any more. */
  get isFull(): boolean {
    return this.cursor >= MAX_LINE_CELLS - 2;
  }

  clear(): void {
    this.length = this.cursor = 0;
    this.wrapPending = false;
    this.isSimple = true;
  }

  /** Without trailing blanks. */
  text(): string {
    const cells = this.cells.subarray(0, this.length);
    // Not spread: that would ask an iterator for each character.
    if (this.isSimple) return String.fromCharCode.apply(null, cells as unknown as number[]).trimEnd();
    let text = '';
    for (const cell of cells) if (cell !== FILLER) text += String.fromCodePoint(cell);
    return text.trimEnd();
  }

  /** Printable ASCII; returns where it stopped, which is before `to` when the line is full. */
  putAscii(bytes: Uint8Array, from: number, to: number): number {
    this.fillGap();
    const end = Math.min(to, from + MAX_LINE_CELLS - 2 - this.cursor);
    let at = this.cursor;
    for (let i = from; i < end; i++) this.cells[at++] = bytes[i] as number;
    this.advanceTo(at);
    return end;
  }

  put(codePoint: number): void {
    if (isMark(codePoint)) return this.combine(codePoint);
    this.fillGap();
    this.cells[this.cursor] = codePoint;
    if (codePoint >= FIRST_ASTRAL) this.isSimple = false;
    if (!isWide(codePoint)) return this.advanceTo(this.cursor + 1);
    this.cells[this.cursor + 1] = FILLER;
    this.isSimple = false;
    this.advanceTo(this.cursor + 2);
  }

  carriageReturn(): void {
    this.moveTo(this.rowStart());
  }

  back(cells: number): void {
    this.moveTo(Math.max(this.rowStart(), this.visibleCursor() - cells));
  }

  forward(cells: number): void {
    this.moveTo(Math.min(this.rowStart() + this.width - 1, this.visibleCursor() + cells));
  }

  /** Counted from 0. */
  toColumn(column: number): void {
    this.moveTo(this.rowStart() + Math.min(Math.max(column, 0), this.width - 1));
  }

  tab(): void {
    this.forward(TAB - ((this.visibleCursor() - this.rowStart()) % TAB));
  }

  /** Up within a wrapped line; false when the row above belongs to another line. */
  up(rows: number): boolean {
    const target = this.visibleCursor() - rows * this.width;
    if (target >= 0) this.moveTo(target);
    return target >= 0;
  }

  /** Down within a wrapped line. */
  down(rows: number): boolean {
    const target = this.visibleCursor() + rows * this.width;
    const isInside = target - (target % this.width) < this.length;
    if (isInside) this.moveTo(Math.min(target, MAX_LINE_CELLS - 2));
    return isInside;
  }

  /** Of the row, as CSI K with this parameter does. */
  erase(mode: number): void {
    const start = this.rowStart();
    const from = mode === 0 ? this.visibleCursor() : start;
    const to = mode === 1 ? this.visibleCursor() + 1 : start + this.width;
    this.blank(from, to);
  }

  /** From the cursor to the end of the line, in all its rows. */
  eraseToEnd(): void {
    this.blank(this.visibleCursor(), MAX_LINE_CELLS);
  }

  deleteCells(count: number): void {
    const at = this.visibleCursor();
    const end = Math.min(this.length, this.rowStart() + this.width);
    if (at >= end) return;
    const n = Math.min(count, end - at);
    this.cells.copyWithin(at, at + n, end);
    this.blank(end - n, end);
  }

  insertCells(count: number): void {
    const at = this.visibleCursor();
    const rowEnd = Math.min(this.rowStart() + this.width, MAX_LINE_CELLS);
    if (at >= this.length || at >= rowEnd) return;
    const n = Math.min(count, rowEnd - at);
    const end = Math.min(this.length, rowEnd - n);
    this.cells.copyWithin(at + n, at, end);
    this.cells.fill(SPACE, at, at + n);
    this.length = Math.max(this.length, Math.min(rowEnd, end + n));
  }

  private combine(mark: number): void {
    let at = Math.min(this.cursor, this.length) - 1;
    if (at > 0 && this.cells[at] === FILLER) at--;
    if (at >= 0) this.cells[at] = compose(this.cells[at] as number, mark);
  }

  private advanceTo(cursor: number): void {
    this.cursor = cursor;
    this.wrapPending = cursor % this.width === 0;
    if (cursor > this.length) this.length = cursor;
  }

  private moveTo(cursor: number): void {
    this.cursor = Math.min(cursor, MAX_LINE_CELLS - 1);
    this.wrapPending = false;
  }

  private visibleCursor(): number {
    return this.wrapPending && this.cursor > 0 ? this.cursor - 1 : this.cursor;
  }

  private rowStart(): number {
    const cursor = this.visibleCursor();
    return cursor - (cursor % this.width);
  }

  private blank(from: number, to: number): void {
    if (to >= this.length) this.length = Math.min(this.length, from);
    else this.cells.fill(SPACE, from, to);
  }

  private fillGap(): void {
    if (this.cursor > this.length) this.cells.fill(SPACE, this.length, this.cursor);
  }
}
