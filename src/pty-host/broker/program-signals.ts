import type { Attachments } from './attachments';
import { SignalScanner, type TerminalSignal } from './signal-scanner';
import type { Transcript } from './transcript';

/** Titles are found again after a restart by scanning this much of the newest output. */
const TITLE_SCAN_BYTES = 64 * 1024;

/** What a program says of itself in its output: title, directory, bells, command marks. */
export class ProgramSignals {
  title = '';
  cwd = '';
  private readonly scanner = new SignalScanner((signal) => this.onSignal(signal));

  constructor(
    private readonly attachments: Attachments,
    private readonly onTitle: (title: string) => void,
  ) {}

  push(output: Buffer): void {
    this.scanner.push(output);
  }

  findQuery(output: Buffer): boolean {
    return this.scanner.findQuery(output);
  }

  /** The title of a running program is not stored: it is in the output. */
  findTitle(transcript: Transcript): void {
    const { start, end } = transcript;
    for (let at = Math.max(start, end - TITLE_SCAN_BYTES); at < end;) {
      const bytes = transcript.peek(at, TITLE_SCAN_BYTES);
      if (bytes.length === 0) return;
      this.scanner.push(bytes);
      at += bytes.length;
    }
  }

  private onSignal(signal: TerminalSignal): void {
    switch (signal.kind) {
      case 'bell':
        return this.attachments.noteBell();
      case 'title':
        if (signal.title === this.title) return;
        this.title = signal.title;
        this.attachments.tell('title', { title: this.title });
        return this.onTitle(this.title);
      case 'cwd':
        if (signal.cwd === this.cwd) return;
        this.cwd = signal.cwd;
        return this.attachments.tell('cwd', { cwd: this.cwd });
      case 'command': {
        const { kind: _, ...mark } = signal;
        return this.attachments.tell('command', mark);
      }
    }
  }
}
