/** A scripted terminal for tests of the console: a line editor and a few commands, and every byte it ever wrote. */

type Sink = (bytes: Buffer) => void;

const PROMPT = '\x1b[1;32mdev@holdfast\x1b[0m:\x1b[1;34m~/project\x1b[0m$ ';

const LISTING = [
  'total 28',
  'drwxr-xr-x  6 dev dev 4096 Nov 21 09:12 \x1b[1;34m.git\x1b[0m',
  '-rw-r--r--  1 dev dev  812 Nov 21 09:02 CHANGELOG.md',
  '-rwxr-xr-x  1 dev dev 1204 Nov 20 17:41 \x1b[1;32mbuild.sh\x1b[0m',
  'drwxr-xr-x  4 dev dev 4096 Nov 21 08:55 \x1b[1;34mdocs\x1b[0m',
  'lrwxrwxrwx  1 dev dev   11 Nov 18 10:20 \x1b[1;36mlatest\x1b[0m -> build/v0.3',
  'drwxr-xr-x 12 dev dev 4096 Nov 21 09:12 \x1b[1;34msrc\x1b[0m',
];

const TESTS = [
  '\x1b[1m RUN \x1b[0m \x1b[36mvitest\x1b[0m ~/project',
  '',
  ' \x1b[32m✓\x1b[0m src/frames.spec.ts \x1b[2m(14 tests)\x1b[0m \x1b[33m18ms\x1b[0m',
  ' \x1b[32m✓\x1b[0m src/streams.spec.ts \x1b[2m(31 tests)\x1b[0m \x1b[33m41ms\x1b[0m',
  ' \x1b[31m✗\x1b[0m src/resume.spec.ts \x1b[2m(9 tests)\x1b[0m \x1b[33m66ms\x1b[0m',
  '   \x1b[31m→ expected 4096 bytes, got 4095\x1b[0m',
  '',
  '\x1b[2m Tests \x1b[0m \x1b[31m1 failed\x1b[0m | \x1b[32m53 passed\x1b[0m \x1b[2m(54)\x1b[0m',
];

const COLOURS = [0, 8]
  .map((from) => Array.from({ length: 8 }, (_, i) => `\x1b[48;5;${from + i}m   `).join('') + '\x1b[0m')
  .join('\r\n');

export class EchoSession {
  output = Buffer.alloc(0);
  title = '';
  cols: number;
  rows: number;
  sizeOwner: string | null;
  exited: { exitCode: number } | undefined;
  lastActivityAt = new Date().toISOString();
  private line = '';
  private readonly sinks = new Set<Sink>();

  constructor(
    readonly id: string,
    readonly projectId: string,
    size: { cols: number; rows: number },
    owner: string,
    private readonly onTitle: () => void,
    private readonly onExit: () => void,
  ) {
    this.cols = size.cols;
    this.rows = size.rows;
    this.sizeOwner = owner;
    this.write('\x1b[?2004h' + PROMPT);
  }

  subscribe(sink: Sink): () => void {
    this.sinks.add(sink);
    return () => this.sinks.delete(sink);
  }

  input(bytes: Buffer): void {
    const text = bytes.toString().replaceAll('\x1b[200~', '').replaceAll('\x1b[201~', '');
    for (const char of text) this.key(char);
  }

  end(exitCode: number): void {
    if (this.exited) return;
    this.exited = { exitCode };
    this.onExit();
  }

  private key(char: string): void {
    if (this.exited) return;
    if (char === '\r' || char === '\n') {
      this.write('\r\n');
      this.run(this.line.trim());
      this.line = '';
      if (!this.exited) this.write(PROMPT);
    } else if (char === '\x7f') {
      if (this.line) this.write('\b \b');
      this.line = this.line.slice(0, -1);
    } else if (char === '\x03') {
      this.line = '';
      this.write('^C\r\n' + PROMPT);
    } else if (char >= ' ') {
      this.line += char;
      this.write(char);
    }
  }

  private run(line: string): void {
    const [command = '', ...args] = line.split(/\s+/);
    const say = (...lines: string[]): void => lines.forEach((each) => this.write(each + '\r\n'));
    switch (command) {
      case 'echo':
        return say(args.join(' '));
      case 'ls':
        return say(...LISTING);
      case 'test':
        return say(...TESTS);
      case 'colours':
        return say(COLOURS);
      case 'size':
        return say(`${this.cols}x${this.rows}`);
      case 'seq':
        return say(...Array.from({ length: Number(args[0]) || 1 }, (_, i) => String(i + 1)));
      case 'query':
        return this.write('\x1b[6n\x1b[c');
      case 'later':
        setTimeout(() => this.write(`\r\n${args.slice(1).join(' ')}\x07\r\n${PROMPT}`), Number(args[0]));
        return;
      case 'title':
        this.title = args.join(' ');
        return this.onTitle();
      case 'exit':
        return this.end(Number(args[0]) || 0);
      case '':
        return;
      default:
        return say(`sh: ${command}: command not found`);
    }
  }

  private write(text: string): void {
    const bytes = Buffer.from(text);
    this.output = Buffer.concat([this.output, bytes]);
    this.lastActivityAt = new Date().toISOString();
    for (const sink of this.sinks) sink(bytes);
  }
}
