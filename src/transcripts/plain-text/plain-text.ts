import * as table from '../../screen-mirror/emulator/transition-table';
import { ControlSequence } from './control-sequence';
import { LineBuffer } from './line-buffer';
import { MAX_REDRAW_LINES, packState, START_STATE, unpackState, type ResumePoint } from './resume-point';
import { Utf8Decoder } from './utf8-decoder';

/** Output that one line may take up; a progress bar that runs for hours leaves its state once in so much. */
export const MAX_LINE_BYTES = 64 * 1024;
/** Where the cursor went to a place on the screen, about so many lines are drawn over others. */
const SCREEN_LINES = 100;
const DEFAULT_WIDTH = 80;
const DELETE = 0x7f;
const ALTERNATE_SCREENS = new Set([47, 1047, 1049]);

export interface TextLine {
  /** Of its first byte in the transcript. */
  readonly offset: number;
  /** Empty when nothing was said. */
  readonly text: string;
  /** Written after the cursor went up: it may replace a line that was told before. */
  readonly redrawn: boolean;
  /** Where one may go on after this line. */
  readonly next: ResumePoint;
}

/**
 * Turns terminal output into lines of plain text, piece by piece; the same bytes give the same lines however they are cut.
 * What is on the alternate screen is skipped. Memory does not depend on the input.
 */
export class PlainText {
  private readonly line = new LineBuffer(DEFAULT_WIDTH);
  private readonly sequence = new ControlSequence();
  private readonly utf8 = new Utf8Decoder();
  private parser: number;
  private isAlternate: boolean;
  private isSkipping: boolean;
  private redrawLines: number;
  private at: number;
  private lineStart: number;

  constructor(
    private readonly onLine: (line: TextLine) => void,
    from: ResumePoint = { offset: 0, state: START_STATE },
  ) {
    const { parser, isAlternate, isSkipping, redrawLines } = unpackState(from.state);
    this.parser = parser;
    this.isAlternate = isAlternate;
    this.isSkipping = isSkipping;
    this.redrawLines = redrawLines;
    this.at = this.lineStart = from.offset;
    this.sequence.spoil();
  }

  /** The next byte it wants. */
  get position(): number {
    return this.at;
  }

  /** From here on the terminal has so many columns. */
  setWidth(columns: number): void {
    this.line.width = columns;
  }

  push(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length;) {
      if (this.at - this.lineStart >= MAX_LINE_BYTES && !this.utf8.isPartial) this.endLine(this.at);
      const byte = bytes[i] as number;
      if (this.parser === table.GROUND && !this.utf8.isPartial && isPrintable(byte)) {
        const run = this.printRun(bytes, i);
        i += run;
        this.at += run;
        continue;
      }
      i++;
      this.at++;
      const code = this.utf8.push(byte);
      if (code >= 0) this.consume(code);
    }
  }

  /** Tells the line that is not finished yet. Nothing may follow. */
  end(): void {
    this.endLine(this.at);
  }

  private printRun(bytes: Uint8Array, from: number): number {
    const limit = Math.min(bytes.length, from + this.lineStart + MAX_LINE_BYTES - this.at);
    let to = from + 1;
    while (to < limit && isPrintable(bytes[to] as number)) to++;
    if (this.isQuiet) return to - from;
    if (this.line.isFull) this.endLine(this.at);
    return this.line.putAscii(bytes, from, to) - from;
  }

  private get isQuiet(): boolean {
    return this.isAlternate || this.isSkipping;
  }

  private consume(code: number): void {
    const before = this.parser;
    const after = table.NEXT_STATE[(before << 8) | Math.min(code, table.NON_ASCII)] as number;
    this.parser = after;
    if (code < 0x20) this.control(code, before, after);
    else if (code >= 0x80 && code < table.NON_ASCII) this.c1(code);
    else if (before === table.GROUND) this.print(code);
    else this.sequenceByte(code, before, after);
  }

  private print(code: number): void {
    if (this.isQuiet || code === DELETE) return;
    if (this.line.isFull) this.endLine(this.at - utf8Length(code));
    this.line.put(code);
  }

  /** Control characters also count inside escape and CSI sequences, not inside strings. */
  private control(code: number, before: number, after: number): void {
    const isInString = before === after && before >= table.SOS_PM_APC_STRING;
    if (isInString) return;
    switch (code) {
      case 0x08:
        return this.line.back(1);
      case 0x09:
        return this.line.tab();
      case 0x0a:
      case 0x0b:
      case 0x0c:
        return this.lineFeed();
      case 0x0d:
        return this.line.carriageReturn();
    }
  }

  private c1(code: number): void {
    if (code === 0x9b) this.sequence.begin();
    else if (code === 0x84 || code === 0x85) this.lineFeed();
    else if (code === 0x8d) this.goUp(1);
  }

  private sequenceByte(code: number, before: number, after: number): void {
    if (after === table.CSI_ENTRY) return this.sequence.begin();
    if (after === table.CSI_PARAM) return code === DELETE ? undefined : this.sequence.push(code);
    if (after === table.CSI_INTERMEDIATE) return this.sequence.spoil();
    if (after !== table.GROUND) return;
    if (before === table.CSI_ENTRY || before === table.CSI_PARAM) this.controlSequence(String.fromCharCode(code));
    else if (before === table.ESCAPE) this.escapeSequence(String.fromCharCode(code));
  }

  private escapeSequence(final: string): void {
    switch (final) {
      case 'D':
      case 'E':
        return this.lineFeed();
      case 'M':
        return this.goUp(1);
      case '8':
        return this.jump(SCREEN_LINES);
      case 'c':
        return this.reset();
    }
  }

  private controlSequence(final: string): void {
    const { sequence, line } = this;
    if (!sequence.isUsable) return;
    if (sequence.prefix === '?' && (final === 'h' || final === 'l')) {
      if (sequence.parameters.some((mode) => ALTERNATE_SCREENS.has(mode))) this.setAlternate(final === 'h');
      return;
    }
    if (sequence.prefix !== '' || this.isQuiet) return;
    const count = Math.max(1, sequence.first);
    switch (final) {
      case 'C':
      case 'a':
        return line.forward(count);
      case 'D':
        return line.back(count);
      case 'G':
      case '`':
        return line.toColumn(count - 1);
      case 'K':
        return line.erase(sequence.first);
      case 'P':
        return line.deleteCells(count);
      case '@':
        return line.insertCells(count);
      case 'J':
        return this.eraseScreen(sequence.first);
      case 'A':
      case 'F':
        return this.goUp(count);
      case 'B':
      case 'e':
        return line.down(count) ? undefined : this.jump();
      case 'E':
        return this.jump();
      case 'H':
      case 'f':
      case 'd':
      case 'u':
        return this.jump(SCREEN_LINES);
    }
  }

  private eraseScreen(mode: number): void {
    if (mode === 0) this.line.eraseToEnd();
    // What is drawn on an empty screen replaces nothing.
    if (mode === 2 || mode === 3) this.redrawLines = 0;
  }

  private setAlternate(isAlternate: boolean): void {
    if (isAlternate === this.isAlternate) return;
    this.isAlternate = isAlternate;
    this.endLine(this.at);
  }

  private reset(): void {
    const redrawn = this.isRedrawing;
    this.redrawLines = 0;
    this.isAlternate = false;
    this.endLine(this.at, redrawn);
  }

  private goUp(rows: number): void {
    if (!this.isQuiet && !this.line.up(rows)) this.jump(rows);
  }

  /** The cursor leaves the line for another row; so many lines from there on are written over others. */
  private jump(redrawLines = 0): void {
    if (this.isQuiet) return;
    const redrawn = this.isRedrawing;
    this.redrawLines = Math.min(Math.max(this.redrawLines, redrawLines), MAX_REDRAW_LINES);
    if (this.line.isEmpty) this.line.clear();
    else this.endLine(this.at, redrawn);
  }

  private lineFeed(): void {
    if (this.isAlternate) return;
    const redrawn = this.isRedrawing;
    this.isSkipping = false;
    if (redrawn) this.redrawLines--;
    this.endLine(this.at, redrawn);
  }

  private get isRedrawing(): boolean {
    return this.redrawLines > 0;
  }

  /** `at` is where the next line starts. */
  private endLine(at: number, redrawn = this.isRedrawing): void {
    const { line, lineStart: offset, parser, isAlternate, isSkipping, redrawLines } = this;
    const text = line.text();
    line.clear();
    this.lineStart = at;
    // Parameters are not part of a resume point: with and without a restart they mean nothing.
    if (parser !== table.GROUND) this.sequence.spoil();
    const state = packState({ parser, isAlternate, isSkipping, redrawLines });
    this.onLine({ offset, text, redrawn, next: { offset: at, state } });
  }
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}

function utf8Length(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
