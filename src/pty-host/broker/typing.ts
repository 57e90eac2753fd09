/** After a keystroke anywhere on this host, floods are read in small bites for this long, so that the echo is not behind them. */
const TYPING_MS = 50;

/** When somebody typed last, on any terminal of this process: they all share one thread. */
class Typing {
  private at = Number.NEGATIVE_INFINITY;

  note(now: number): void {
    this.at = now;
  }

  recently(now: number): boolean {
    return now - this.at < TYPING_MS;
  }
}

export const typing = new Typing();
