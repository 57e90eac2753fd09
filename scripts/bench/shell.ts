import type { BenchTerminal, RunningTarget } from './targets/target';
import { PROMPT } from './workload';

/** A limited reader stops reading its connection when more than this waits to be parsed, as a browser's emulator makes it. */
const MAX_UNPARSED_BYTES = 64 * 1024;
const PARSE_INTERVAL_MS = 1;
/** Nothing measured here takes longer. */
const PATIENCE_MS = 60_000;

/** A terminal with a shell in it, and the emulator that reads it: at once, or at a limited rate. */
export class Shell {
  private terminal!: BenchTerminal;
  /** Parsed before `terminal` was known. */
  private early = 0;
  private opened = false;
  private onParsed: ((bytes: Uint8Array) => void) | undefined;
  private pace: Pace | undefined;

  private constructor() {}

  /** Opens a new terminal and returns when its first prompt is there. */
  static async open(target: RunningTarget, beside?: Shell): Promise<Shell> {
    const shell = new Shell();
    const prompt = shell.until(PROMPT);
    // Looked at below; an error of `open` comes first.
    prompt.catch(() => undefined);
    shell.terminal = await target.open({ onOutput: (bytes) => shell.receive(bytes), beside: beside?.terminal });
    shell.opened = true;
    shell.terminal.parsed(shell.early);
    await prompt;
    return shell;
  }

  get attached(): BenchTerminal {
    return this.terminal;
  }

  type(input: string): void {
    this.terminal.type(input);
  }

  /** Runs a command line and returns when the prompt is back. */
  async run(line: string): Promise<void> {
    const prompt = this.until(PROMPT);
    this.type(`${line}\r`);
    await prompt;
  }

  /** Resolves when `text` was parsed, from now on. */
  until(text: string): Promise<void> {
    const wanted = Buffer.from(text);
    let tail: Uint8Array = Buffer.alloc(0);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`The terminal did not show ${JSON.stringify(text)}.`)),
        PATIENCE_MS,
      );
      this.onParsed = (bytes) => {
        const head = Buffer.concat([tail, bytes.subarray(0, wanted.length)]);
        if (!head.includes(wanted) && !Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(wanted)) {
          tail = Buffer.concat([tail, bytes.subarray(-wanted.length)]).subarray(-wanted.length);
          return;
        }
        clearTimeout(timer);
        this.onParsed = undefined;
        resolve();
      };
    });
  }

  /** Parses at most so many bytes a second from now on. */
  limitRate(bytesPerSecond: number): void {
    this.pace = new Pace(bytesPerSecond, this.terminal, (bytes) => this.parse(bytes));
  }

  end(): Promise<void> {
    this.pace?.dispose();
    return this.terminal.end();
  }

  private receive(bytes: Uint8Array): void {
    if (this.pace) this.pace.push(bytes);
    else this.parse(bytes);
  }

  private parse(bytes: Uint8Array): void {
    if (this.opened) this.terminal.parsed(bytes.length);
    else this.early += bytes.length;
    this.onParsed?.(bytes);
  }
}

/** An emulator that parses at a fixed rate and reads no further ahead than it must. */
class Pace {
  private readonly queue: Uint8Array[] = [];
  private queuedBytes = 0;
  private paused = false;
  private credit = 0;
  private creditedAt = performance.now();
  private readonly timer = setInterval(() => this.work(), PARSE_INTERVAL_MS);

  constructor(
    private readonly bytesPerSecond: number,
    private readonly terminal: BenchTerminal,
    private readonly parse: (bytes: Uint8Array) => void,
  ) {}

  push(bytes: Uint8Array): void {
    this.queue.push(bytes);
    this.queuedBytes += bytes.length;
    if (this.queuedBytes > MAX_UNPARSED_BYTES && !this.paused) {
      this.paused = true;
      this.terminal.pause();
    }
  }

  dispose(): void {
    clearInterval(this.timer);
    if (this.paused) this.terminal.resume();
  }

  private work(): void {
    const now = performance.now();
    // What was not used while nothing waited is lost: an emulator cannot save up time.
    this.credit = Math.min(this.credit, 0) + ((now - this.creditedAt) / 1000) * this.bytesPerSecond;
    this.creditedAt = now;
    while (this.credit > 0) {
      const bytes = this.queue.shift();
      if (!bytes) break;
      this.credit -= bytes.length;
      this.queuedBytes -= bytes.length;
      this.parse(bytes);
    }
    if (this.paused && this.queuedBytes <= MAX_UNPARSED_BYTES / 2) {
      this.paused = false;
      this.terminal.resume();
    }
  }
}
