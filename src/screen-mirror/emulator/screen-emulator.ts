import { Guard } from '@holdfast/emulator-guard';
import { printable } from '@holdfast/protocol';
import type { Terminal } from '@xterm/headless';
import { Colours } from './colours';
import { resizeTerminal } from './resize-terminal';
import { releaseModes, writeBelow } from './seal';
import { SequenceScanner, type ScanResult } from './sequence-scanner';
import { SnapshotWriter } from './snapshot-writer';
import * as states from './transition-table';
import { coreOf, newTerminal, type XtermCore } from './xterm-internals';

/** An unfinished sequence is kept up to here; the longest in use (a clipboard write, an inline image) may be longer and is skipped. */
export const MAX_HELD_BYTES = 64 * 1024;
/** Replies kept for whoever asks; a program that asks more often without reading its input is not waiting for them. */
const MAX_REPLIES = 1024;
/** Columns and rows the protocol allows; xterm.js itself needs two columns. */
const MIN_COLS = 2;
const MAX_SIDE = 1000;
const TITLE_CHARS = 256;
/** Two attribute words and one of content for each cell, and about as much again for objects around short lines. */
const BYTES_PER_CELL = 16;

export interface Size {
  readonly cols: number;
  readonly rows: number;
}

export interface Resize extends Size {
  readonly offset: number;
}

/** What the terminal would type back, and the output offset right after the query. */
export interface Reply {
  readonly offset: number;
  readonly bytes: string;
}

export interface EmulatorSnapshot extends Size {
  readonly offset: number;
  readonly bytes: Buffer;
  readonly title: string;
}

export interface ScreenText {
  readonly offset: number;
  readonly lines: string[];
  readonly cursor: { readonly x: number; readonly y: number };
  /** The program wants to know what was pasted and what was typed. */
  readonly bracketedPaste: boolean;
}

/**
 * One session's screen, parsed from its output. The parser is given whole sequences only: what is unfinished is held back
 * and ends a snapshot as it is, so the terminal that reads the snapshot is in the middle of the same sequence.
 */
export class ScreenEmulator {
  private readonly terminal: Terminal;
  private readonly core: XtermCore;
  private readonly guard: Guard;
  private readonly colours: Colours;
  private readonly scanner: SequenceScanner;
  private held: Uint8Array = new Uint8Array(0);
  private heldFrom: number;
  private skipping = false;
  private feeding = 0;
  private replies: Reply[] = [];

  constructor(options: Size & { readonly offset: number; readonly scrollbackLines: number }) {
    this.terminal = newTerminal({ ...clamp(options), scrollback: options.scrollbackLines });
    this.core = coreOf(this.terminal);
    this.guard = new Guard(this.core);
    this.colours = new Colours(this.core);
    this.scanner = new SequenceScanner(options.offset);
    this.heldFrom = options.offset;
    this.terminal.onData((bytes) => {
      this.replies.push({ offset: this.feeding, bytes });
      if (this.replies.length > MAX_REPLIES) this.replies.shift();
    });
  }

  /** Output offset up to which everything was given here. */
  get offset(): number {
    return this.scanner.position;
  }

  get size(): Size {
    return { cols: this.terminal.cols, rows: this.terminal.rows };
  }

  get estimatedBytes(): number {
    const { normal, alt } = this.core._bufferService.buffers;
    return (normal.lines.length + alt.lines.length) * this.terminal.cols * BYTES_PER_CELL + this.held.length;
  }

  /** Parses the next piece; each resize happens at its offset in it. Throws {@link EffortExceeded} and is unusable then. */
  feed(bytes: Uint8Array, resizes: readonly Resize[] = []): void {
    this.guard.startPiece();
    const base = this.offset;
    let done = 0;
    for (const resize of resizes) {
      const upTo = Math.min(Math.max(resize.offset - base, done), bytes.length);
      this.parse(bytes.subarray(done, upTo));
      this.resize(resize);
      done = upTo;
    }
    this.parse(bytes.subarray(done));
  }

  snapshot(): EmulatorSnapshot {
    const { cols, rows } = this.size;
    const screen = new SnapshotWriter(this.core, cols, rows).write(this.colours.sequences());
    const partial = this.scanner.partialCharacterLength;
    const tail = this.skipping ? Buffer.from(unendingSequence(this.scanner.parserState)) : this.unfinished(partial);
    return {
      // A cut character is left to the bytes that follow: xterm.js loses some characters that arrive in two writes.
      offset: this.offset - partial,
      cols,
      rows,
      bytes: Buffer.concat([Buffer.from(screen), tail]),
      title: printable(this.core._inputHandler._windowTitle, TITLE_CHARS),
    };
  }

  /** The program is gone and another one follows: what it had switched on ends, what it printed stays above `seam`. */
  seal(seam: string): void {
    const parse = (sequences: string): void => this.core._inputHandler.parse(Buffer.from(sequences));
    this.guard.startPiece();
    // What it did not finish, it never will.
    this.held = new Uint8Array(0);
    this.skipping = false;
    parse(releaseModes(this.terminal.cols));
    parse(writeBelow(this.terminal.buffer.active, this.size, seam));
  }

  text(): ScreenText {
    const { active } = this.terminal.buffer;
    const lines: string[] = [];
    for (let row = 0; row < this.terminal.rows; row++) {
      lines.push(active.getLine(active.baseY + row)?.translateToString(true) ?? '');
    }
    const x = Math.min(active.cursorX, this.terminal.cols - 1);
    const { bracketedPasteMode: bracketedPaste } = this.core.coreService.decPrivateModes;
    return { offset: this.offset, lines, cursor: { x, y: active.cursorY }, bracketedPaste };
  }

  /** Replies to queries that ended behind `offset`. */
  repliesAfter(offset: number): Reply[] {
    return this.replies.filter((reply) => reply.offset > offset);
  }

  dispose(): void {
    this.terminal.dispose();
  }

  private parse(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const scan = this.scanner.scan(bytes);
    const held = this.held.length > 0 ? Buffer.concat([this.held, bytes]) : bytes;
    if (this.skipping) this.parseAfterSkipping(held, scan);
    else this.parseHeld(held, scan);
    if (this.held.length > MAX_HELD_BYTES) {
      this.skipping = true;
      this.held = new Uint8Array(0);
      this.heldFrom = this.offset;
    }
  }

  private parseHeld(bytes: Uint8Array, scan: ScanResult): void {
    const base = this.heldFrom;
    let from = base;
    for (const end of [...scan.queryEnds, scan.feedEnd]) {
      if (end <= from) continue;
      this.feeding = end;
      this.core._inputHandler.parse(bytes.subarray(from - base, end - base));
      from = end;
    }
    this.hold(bytes, base, scan.holdFrom);
  }

  /** The rest of a sequence too long to keep is dropped with its end, wherever the next thing begins. */
  private parseAfterSkipping(bytes: Uint8Array, scan: ScanResult): void {
    this.heldFrom = scan.endedAt ?? this.offset;
    if (scan.endedAt === undefined) return;
    this.skipping = false;
    this.parseHeld(bytes.subarray(scan.endedAt - (this.offset - bytes.length)), scan);
  }

  private hold(bytes: Uint8Array, base: number, from: number): void {
    // A copy: the piece may be a megabyte, what is held a few bytes.
    this.held = bytes.slice(from - base);
    this.heldFrom = from;
  }

  private unfinished(partialCharacter: number): Uint8Array {
    return this.held.subarray(0, this.held.length - partialCharacter);
  }

  private resize(size: Size): void {
    const { cols, rows } = clamp(size);
    if (cols === this.terminal.cols && rows === this.terminal.rows) return;
    const { normal, alt } = this.core._bufferService.buffers;
    this.guard.spend((normal.lines.length + alt.lines.length) * Math.max(cols, this.terminal.cols));
    resizeTerminal(this.terminal, cols, rows);
  }
}

function clamp({ cols, rows }: Size): Size {
  return { cols: Math.min(Math.max(cols, MIN_COLS), MAX_SIDE), rows: Math.min(Math.max(rows, 1), MAX_SIDE) };
}

/** The beginning of a sequence of the same kind that does nothing, whose end is still to come. */
function unendingSequence(state: number): string {
  switch (state) {
    case states.OSC_STRING:
      return '\x1b]9999;';
    case states.SOS_PM_APC_STRING:
      return '\x1b_';
    case states.DCS_ENTRY:
    case states.DCS_PARAM:
    case states.DCS_INTERMEDIATE:
    case states.DCS_IGNORE:
    case states.DCS_PASSTHROUGH:
      return '\x1bP0<';
    case states.ESCAPE:
    case states.ESCAPE_INTERMEDIATE:
      return '\x1b   ';
    default:
      return '\x1b[0<';
  }
}
