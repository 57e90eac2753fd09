/** A program may set its title at every prompt; one in this time is enough. */
const DELAY_MS = 1_000;
/** Titles that wait. Beyond it the newest are dropped: the host still has them. */
const MAX_WAITING = 10_000;

/** Passes on the last title of each session, at most once a second. */
export class LatestTitles {
  private readonly titles = new Map<string, string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly write: (key: string, title: string) => void) {}

  note(key: string, title: string): void {
    if (this.titles.size >= MAX_WAITING && !this.titles.has(key)) return;
    this.titles.set(key, title);
    this.timer ??= setTimeout(() => this.flush(), DELAY_MS);
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const [key, title] of this.titles) this.write(key, title);
    this.titles.clear();
  }
}
