import { createHash, type Hash } from 'node:crypto';
import { Terminal } from '@xterm/headless';
import { eventually } from '../eventually';

/** A keypress that did nothing is repeated: a dialog is deaf in its first moments. */
const PRESS_AGAIN_MS = 700;
const PATIENCE_MS = 30_000;
const WORKING = /^[◐◑◒◓]/;
const IDLE = /^✳/;

/** What an emulator does for whoever looks at Claude: it shows the screen, and answers what the program asks the terminal. */
export class ClaudeScreen {
  /** Every title, the last one last. */
  readonly titles: string[] = [];
  bytes = 0;
  private emulator: Terminal;
  private readonly hash: Hash = createHash('sha256');
  private answers = true;

  /** `send`: what is typed, and what the emulator answers. */
  constructor(
    private readonly send: (input: string) => void,
    readonly size = { cols: 100, rows: 30 },
  ) {
    this.emulator = this.fresh();
  }

  /** Live output; resolves when it has been parsed. */
  async take(bytes: Uint8Array): Promise<void> {
    this.hash.update(bytes);
    this.bytes += bytes.length;
    this.answers = true;
    await this.parse(bytes);
  }

  /** A screen as it was: whoever asked something in it has its answer. */
  async show(snapshot: Uint8Array): Promise<void> {
    this.emulator.dispose();
    this.emulator = this.fresh();
    this.answers = false;
    await this.parse(snapshot);
  }

  /** Of all live output so far. */
  get sha256(): string {
    return this.hash.copy().digest('hex');
  }

  get title(): string {
    return this.titles.at(-1) ?? '';
  }

  /** The lines that are visible. */
  get text(): string {
    const { active } = this.emulator.buffer;
    const lines = Array.from({ length: this.emulator.rows }, (_, y) => active.getLine(active.viewportY + y));
    return lines.map((line) => line?.translateToString(true) ?? '').join('\n');
  }

  /** Resolves when the screen shows it. */
  async shows(wanted: string | RegExp, withinMs = PATIENCE_MS): Promise<void> {
    await eventually(() => {
      const { text } = this;
      const isThere = typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
      if (!isThere) throw new Error(`${String(wanted)} is not on the screen (${this.title}):\n${text}`);
    }, withinMs);
  }

  /** Waits for its user; what is typed before is queued. */
  async whenIdle(withinMs = PATIENCE_MS): Promise<void> {
    await this.whenTitled(IDLE, withinMs);
  }

  async whenWorking(): Promise<void> {
    await this.whenTitled(WORKING, PATIENCE_MS);
  }

  /** Types a prompt and Enter. The Enter follows when the prompt is on the screen: together they would be a paste. */
  async prompt(text: string): Promise<void> {
    await this.whenIdle();
    this.send(text);
    await this.shows(text.slice(0, 30));
    const before = this.titles.length;
    this.send('\r');
    await eventually(() => {
      if (!this.titles.slice(before).some((title) => WORKING.test(title)))
        throw new Error(`it did not start to work (${this.title}):\n${this.text}`);
    }, PATIENCE_MS);
  }

  type(keys: string): void {
    this.send(keys);
  }

  enter(): void {
    this.send('\r');
  }

  /** Presses a key until the dialog that shows this is gone. */
  async answer(key: string, dialog: string | RegExp = 'Do you want to'): Promise<void> {
    await this.shows(dialog);
    let pressedAt = 0;
    await eventually(() => {
      const { text } = this;
      if (!(typeof dialog === 'string' ? text.includes(dialog) : dialog.test(text))) return;
      if (performance.now() - pressedAt > PRESS_AGAIN_MS) {
        this.send(key);
        pressedAt = performance.now();
      }
      throw new Error(`the dialog is still there:\n${text}`);
    }, PATIENCE_MS);
  }

  dispose(): void {
    this.emulator.dispose();
  }

  private async whenTitled(wanted: RegExp, withinMs: number): Promise<void> {
    await eventually(() => {
      if (!wanted.test(this.title)) throw new Error(`the title is ${JSON.stringify(this.title)}:\n${this.text}`);
    }, withinMs);
  }

  private parse(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.emulator.write(bytes, resolve));
  }

  private fresh(): Terminal {
    const emulator = new Terminal({ ...this.size, scrollback: 5_000, allowProposedApi: true });
    emulator.onTitleChange((title) => this.titles.push(title));
    emulator.onData((answer) => this.answers && this.send(answer));
    // The headless emulator has no colours to tell of.
    emulator.parser.registerOscHandler(11, (data) => {
      if (data === '?' && this.answers) this.send('\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\');
      return true;
    });
    return emulator;
  }
}
