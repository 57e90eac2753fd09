import fs from 'node:fs';
import path from 'node:path';
import type { Terminal } from '@holdfast/client';
import { eventually } from './eventually';
import { sdkClient, type TestClient } from './sdk';
import type { TestServer } from './server';

/** Counts on its output until the stop file is there, and writes its input to a file. */
const PROGRAM = `
stty raw -echo
echo begin
( n=1; while [ ! -e "$2" ]; do seq $n $((n+99)); n=$((n+100)); sleep 0.05; done; echo END ) &
exec cat > "$1"
`;
const BEGIN = 'begin\n';
const END = 'END\n';

/** A terminal under load in both directions, which knows what must have come out at each end. */
export class Workload {
  private static readonly open = new Set<Workload>();
  reconnects = -1;
  /** Every state the connection was in since the terminal was open. */
  readonly states: string[] = [];
  private output = '';
  private typed = '';
  private count = 0;
  private problem: Error | undefined;
  private readonly ambiguous: { from: number; to: number }[] = [];

  private constructor(
    private readonly connection: TestClient,
    private readonly terminal: Terminal,
    private readonly files: { readonly typed: string; readonly stop: string },
    /** Input offset of the first byte the program got. */
    private readonly base: number,
  ) {}

  /** Also those of tests that failed: a client that reconnects for ever keeps the run from ending. */
  static async closeAll(): Promise<void> {
    const all = [...Workload.open];
    Workload.open.clear();
    await Promise.all(all.map((load) => load.connection.client.close()));
  }

  static async start(server: TestServer, token: string, name: string): Promise<Workload> {
    const connection = sdkClient(server.terminalUrl, token);
    const program = path.join(server.dataDir, `${name}.sh`);
    const files = {
      typed: path.join(server.dataDir, `${name}.typed`),
      stop: path.join(server.dataDir, `${name}.stop`),
    };
    fs.writeFileSync(program, PROGRAM);
    const terminal = connection.client.open({ projectId: 'default', cols: 80, rows: 24 });
    const command = `exec bash ${program} ${files.typed} ${files.stop}\n`;
    const load = new Workload(connection, terminal, files, command.length);
    Workload.open.add(load);
    load.observe();
    await terminal.ready;
    terminal.write(command);
    await eventually(() => load.expectOutput(BEGIN));
    connection.client.on('state', ({ name }) => load.states.push(name));
    return load;
  }

  /** So many short lines, one write each. */
  type(lines: number): void {
    for (let i = 0; i < lines; i++) {
      const line = `line ${++this.count} typed\n`;
      if (!this.terminal.write(line)) throw new Error('the SDK refused input');
      this.typed += line;
    }
  }

  cut(): void {
    this.connection.cut();
  }

  /** Everything typed so far reached the program. */
  async confirmed(): Promise<void> {
    await eventually(() => {
      this.rethrow();
      // A person who looks at "reconnecting" presses a key; after many cuts the ladder is long.
      this.connection.client.retryNow();
      if (!this.matches(this.received()))
        throw new Error(`typed ${this.typed.length} bytes, received ${this.received().length}`);
    }, 60_000);
  }

  async moreOutput(): Promise<void> {
    const before = this.output.length;
    await eventually(() => {
      this.rethrow();
      if (this.output.length === before) throw new Error('no more output came');
    }, 60_000);
  }

  /** Stops the program and compares both streams to the last byte. */
  async verify(): Promise<void> {
    await this.confirmed();
    fs.writeFileSync(this.files.stop, '');
    await eventually(() => this.expectOutput(END), 60_000);
    const body = this.output.slice(this.output.indexOf(BEGIN) + BEGIN.length, -END.length);
    let expected = '';
    for (let i = 1; expected.length < body.length; i++) expected += `${i}\n`;
    if (body !== expected)
      throw new Error(`output differs at byte ${firstDifference(body, expected)} of ${expected.length}`);
    const received = this.received();
    if (!this.matches(received))
      throw new Error(`input differs at byte ${firstDifference(received, this.typed)} of ${this.typed.length}`);
    this.terminal.terminate('KILL');
  }

  private observe(): void {
    this.terminal.onData((bytes, ack) => {
      this.output += Buffer.from(bytes).toString('latin1');
      ack();
    });
    this.terminal.on('snapshot', () => (this.problem = new Error('a snapshot interrupted the stream')));
    this.terminal.on('unsent', () => (this.problem = new Error('input was reported unsent')));
    this.terminal.on('opened', () => this.reconnects++);
    this.terminal.on('ambiguous', ({ from, to }) => {
      if (to - from > 1024) this.problem = new Error(`${to - from} ambiguous bytes`);
      if (!this.ambiguous.some((known) => known.from === from))
        this.ambiguous.push({ from: from - this.base, to: to - this.base });
    });
  }

  private received(): string {
    return fs.existsSync(this.files.typed) ? fs.readFileSync(this.files.typed, 'latin1') : '';
  }

  /** What was typed, with or without each of the pieces that were flagged as ambiguous. */
  private matches(received: string): boolean {
    let expected = '';
    let at = 0;
    for (const { from, to } of [...this.ambiguous].sort((a, b) => a.from - b.from)) {
      expected += this.typed.slice(at, from);
      const piece = this.typed.slice(from, to);
      // Every line is another one, so there is no doubt which of the two it is.
      if (received.startsWith(piece, expected.length)) expected += piece;
      at = to;
    }
    return received === expected + this.typed.slice(at);
  }

  private expectOutput(end: string): void {
    this.rethrow();
    const found = end === BEGIN ? this.output.includes(end) : this.output.endsWith(end);
    if (!found) throw new Error(`no ${JSON.stringify(end)} in the output`);
  }

  private rethrow(): void {
    if (this.problem) throw this.problem;
  }
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}
