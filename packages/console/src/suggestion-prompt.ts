import type { IDisposable, IMarker, Terminal as Xterm } from '@xterm/xterm';

const MARKS = 133;
/** More is no command line; what is asked takes no more. */
const MAX_LINE = 2_000;
/** Ended by Ctrl-C: nothing to repair. */
const INTERRUPTED = 130;

type Emulator = Pick<Xterm, 'buffer' | 'cols' | 'parser' | 'registerMarker'>;

/** What stands at the prompt, and whether the cursor is behind all of it. */
export interface TypedLine {
  readonly text: string;
  readonly cursorAtEnd: boolean;
}

/** Follows the marks of a shell in a terminal's output (OSC 133): where the line that is typed begins, and how commands end. */
export class SuggestionPrompt implements IDisposable {
  private begin: { readonly marker: IMarker; readonly column: number } | undefined;
  private failed = false;
  private readonly handler: IDisposable;

  constructor(
    private readonly xterm: Emulator,
    /** A command has failed, and the next prompt is there; or that is over. */
    private readonly onFailed: (failed: boolean) => void,
  ) {
    this.handler = xterm.parser.registerOscHandler(MARKS, (data) => {
      this.onMark(data);
      return true;
    });
  }

  /** Undefined: no shell that marks its prompts waits here, or a program has the whole screen. */
  line(): TypedLine | undefined {
    const { active } = this.xterm.buffer;
    if (!this.begin || this.begin.marker.isDisposed || active.type === 'alternate') return undefined;
    const { marker, column } = this.begin;
    const cursorRow = active.baseY + active.cursorY;
    if (cursorRow < marker.line) return undefined;
    let last = cursorRow;
    while (active.getLine(last + 1)?.isWrapped) last++;
    const text = (from: number, fromColumn: number, to: number, toColumn?: number): string => {
      let whole = '';
      for (let row = from; row <= to; row++) {
        const isFirst = row === from;
        // Only the end of the last row is padding: others are full.
        whole += active
          .getLine(row)
          ?.translateToString(
            row === last && toColumn === undefined,
            isFirst ? fromColumn : 0,
            row === to ? toColumn : undefined,
          );
      }
      return whole;
    };
    const whole = text(marker.line, column, last);
    const before = text(marker.line, column, cursorRow, active.cursorX);
    // A space that was typed last looks like none.
    const typed = before.length > whole.length ? before : whole;
    return { text: typed.slice(0, MAX_LINE), cursorAtEnd: before.length >= whole.length };
  }

  dispose(): void {
    this.handler.dispose();
    this.forget();
  }

  private onMark(data: string): void {
    const [kind = '', argument = ''] = data.split(';');
    switch (kind) {
      case 'B': {
        this.forget();
        const marker = this.xterm.registerMarker(0);
        this.begin = { marker, column: this.xterm.buffer.active.cursorX };
        if (this.failed) this.onFailed(true);
        this.failed = false;
        break;
      }
      case 'C':
        this.forget();
        this.onFailed(false);
        break;
      case 'D': {
        const code = Number(argument);
        this.failed = argument !== '' && Number.isInteger(code) && code !== 0 && code !== INTERRUPTED;
      }
    }
  }

  private forget(): void {
    this.begin?.marker.dispose();
    this.begin = undefined;
  }
}
