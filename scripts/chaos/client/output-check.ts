import { createHash, type Hash } from 'node:crypto';

/** What the program prints first; what the shell says before it is not counted. */
export const BEGIN = '0 begin\n';
/** What it prints last. */
export const END = 'end\n';
const NEWLINE = 0x0a;
const SPACE = 0x20;
const ZERO = 0x30;
/** The shell's prompt and the echo of a command line; more than this before the first line is a broken run. */
const MAX_PREAMBLE_BYTES = 64 * 1024;

/** Follows the numbered lines of the load program: hashes them, and counts what is missing and what came twice. */
export class OutputCheck {
  bytes = 0;
  doubledBytes = 0;
  missingLines = 0;
  begun = false;
  ended = false;
  private readonly hash: Hash = createHash('sha256');
  private preamble = Buffer.alloc(0);
  private rest = Buffer.alloc(0);
  private next = 0;

  /** `onLine` gets the text behind the number, only of lines that start with one of `kinds`. */
  constructor(
    private readonly kinds: string,
    private readonly onLine: (text: string) => void,
  ) {}

  push(chunk: Buffer): void {
    if (this.begun) return this.follow(chunk);
    this.preamble = Buffer.concat([this.preamble, chunk]);
    const at = this.preamble.indexOf(BEGIN);
    if (at < 0) {
      if (this.preamble.length > MAX_PREAMBLE_BYTES) throw new Error('the load program did not begin');
      return;
    }
    this.begun = true;
    this.follow(this.preamble.subarray(at));
    this.preamble = Buffer.alloc(0);
  }

  digest(): string {
    return this.hash.copy().digest('hex');
  }

  private follow(chunk: Buffer): void {
    this.hash.update(chunk);
    this.bytes += chunk.length;
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      this.line(bytes, start, end);
      start = end + 1;
    }
    this.rest = Buffer.from(bytes.subarray(start));
  }

  private line(bytes: Buffer, start: number, end: number): void {
    let number = 0;
    let at = start;
    for (; at < end && bytes[at] !== SPACE; at++) number = number * 10 + (bytes[at] as number) - ZERO;
    if (number < this.next) {
      this.doubledBytes += end + 1 - start;
      return;
    }
    this.missingLines += number - this.next;
    this.next = number + 1;
    const kind = bytes[at + 1];
    if (kind !== undefined && this.kinds.includes(String.fromCharCode(kind)))
      this.text(bytes.toString('latin1', at + 1, end));
  }

  private text(line: string): void {
    if (line === END.trimEnd()) this.ended = true;
    else this.onLine(line);
  }
}
