import type { Terminal, TerminalEvents } from '@holdfast/client';
import type { Terminal as Xterm } from '@xterm/xterm';

/** Brings a session's bytes, snapshots and sizes into an emulator, each in its place in the stream. */
export class TerminalFeed {
  private replaying = 0;

  constructor(
    private readonly xterm: Xterm,
    terminal: Terminal,
    private readonly onResized: (size: { readonly cols: number; readonly rows: number }) => void,
  ) {
    terminal.on('opened', ({ cols, rows }) => this.resizeInOrder(cols, rows));
    terminal.on('resized', ({ cols, rows }) => this.resizeInOrder(cols, rows));
    terminal.on('data', ({ bytes, ack }) => xterm.write(bytes, ack));
    terminal.on('snapshot', (snapshot) => this.replay(snapshot));
  }

  /** While a snapshot is being parsed, what the emulator says answers queries that were answered long ago. */
  get isReplaying(): boolean {
    return this.replaying > 0;
  }

  private replay({ bytes, ack }: TerminalEvents['snapshot']): void {
    this.replaying++;
    // Not at once: output that arrived before the snapshot may still wait to be parsed.
    this.xterm.write('', () => this.xterm.reset());
    this.xterm.write(bytes, () => {
      this.replaying--;
      ack();
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
