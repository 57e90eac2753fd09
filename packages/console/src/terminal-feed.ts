import type { Terminal, TerminalEvents } from '@holdfast/client';
import { Guard, guardedCoreOf } from '@holdfast/emulator-guard';
import type { Terminal as Xterm } from '@xterm/xterm';
import { CharacterSeam } from './character-seam';

/** What of xterm.js the feed uses; @xterm/headless has it too. */
export type Emulator = Pick<Xterm, 'cols' | 'rows' | 'write' | 'reset' | 'resize'>;

/** Brings a session's bytes, snapshots and sizes into an emulator, each in its place in the stream. */
export class TerminalFeed {
  private replaying = 0;
  private readonly seam = new CharacterSeam();
  private readonly guard: Guard;

  constructor(
    private readonly xterm: Emulator,
    terminal: Pick<Terminal, 'on'>,
    private readonly onResized: (size: { readonly cols: number; readonly rows: number }) => void,
  ) {
    this.guard = new Guard(guardedCoreOf(xterm), 'skip');
    this.follow(terminal);
  }

  /** From now on also this one: the same session after its process was lost. */
  follow(terminal: Pick<Terminal, 'on'>): void {
    terminal.on('opened', ({ cols, rows }) => this.resizeInOrder(cols, rows));
    terminal.on('resized', ({ cols, rows }) => this.resizeInOrder(cols, rows));
    terminal.on('data', ({ bytes, ack }) => this.parse(this.seam.join(bytes), ack));
    terminal.on('snapshot', (snapshot) => this.replay(snapshot));
  }

  /** While a snapshot is being parsed, what the emulator says answers queries that were answered long ago. */
  get isReplaying(): boolean {
    return this.replaying > 0;
  }

  private replay({ bytes, ack }: TerminalEvents['snapshot']): void {
    this.replaying++;
    this.seam.reset();
    // Not at once: output that arrived before the snapshot may still wait to be parsed.
    this.xterm.write('', () => this.xterm.reset());
    this.parse(bytes, () => {
      this.replaying--;
      ack();
    });
  }

  private parse(bytes: Uint8Array, onParsed: () => void): void {
    this.xterm.write(bytes, () => {
      // The next piece may cost as much as this one could.
      this.guard.startPiece();
      onParsed();
    });
  }

  /** Everything that came before a new size was drawn for the old one. */
  private resizeInOrder(cols: number, rows: number): void {
    this.xterm.write('', () => {
      if (cols !== this.xterm.cols || rows !== this.xterm.rows) this.xterm.resize(cols, rows);
      this.onResized({ cols, rows });
    });
  }
}
