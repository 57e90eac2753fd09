/** A program that asks its terminal something is reported at most this often. */
const REPORT_MS = 250;

export interface QueryWatchOptions {
  readonly monotonic: () => number;
  /** Whether there is a query in a chunk of output. */
  readonly find: (chunk: Buffer) => boolean;
  readonly report: () => void;
}

/**
 * Who answers terminal queries: a writer's emulator while one sees the output, else the server. It knows from which output
 * on the server may answer, and tells when a program asks while nobody else would answer.
 */
export class QueryWatch {
  /** `null` while a writer's emulator answers. */
  private from: number | null;
  private reportedAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    end: number,
    private readonly options: QueryWatchOptions,
  ) {
    this.from = end;
  }

  /** Queries in output after this position may be answered by the server. */
  get answerFrom(): number | null {
    return this.from;
  }

  /** `end`: the end of the output now; the server answers from here on when attention was lost. */
  setAttended(attended: boolean, end: number): void {
    if (attended) this.from = null;
    else this.from ??= end;
  }

  onOutput(chunk: Buffer): void {
    if (this.from === null || !this.options.find(chunk)) return;
    const wait = this.reportedAt + REPORT_MS - this.options.monotonic();
    if (wait <= 0) this.report();
    else this.timer ??= setTimeout(() => this.report(), wait);
  }

  /** True once for each query: the first answer is taken. */
  take(queryEnd: number): boolean {
    if (this.from === null || queryEnd <= this.from) return false;
    this.from = queryEnd;
    return true;
  }

  close(): void {
    clearTimeout(this.timer);
  }

  private report(): void {
    this.timer = undefined;
    this.reportedAt = this.options.monotonic();
    this.options.report();
  }
}
