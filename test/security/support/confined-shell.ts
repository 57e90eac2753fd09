import type { WireClient } from '../../support/wire-client';

// eslint-disable-next-line no-control-regex -- what terminals print
const ESCAPES = /\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\-_=>])/g;

export interface Ran {
  readonly exitCode: number;
  /** Without escape sequences and carriage returns. */
  readonly output: string;
}

/** A terminal whose shell runs one command after another, quietly. */
export class ConfinedShell {
  private commands = 0;

  private constructor(
    readonly client: WireClient,
    readonly channel: number,
    readonly sessionId: string,
    readonly projectId: string,
  ) {}

  static async open(client: WireClient, channel: number, projectId: string, profile?: string): Promise<ConfinedShell> {
    const { sessionId } = await client.open({ channel, projectId, cols: 200, rows: 50, profile });
    const shell = new ConfinedShell(client, channel, sessionId, projectId);
    client.type(channel, 'stty -echo; PS1=; PS2=; unset PROMPT_COMMAND\n');
    await shell.run('true');
    return shell;
  }

  /** Everything it has printed so far. */
  get text(): string {
    return clean(this.client.output(this.channel));
  }

  /** What it printed since the text was so long. */
  async says(pattern: RegExp, from = 0): Promise<void> {
    await this.client.until(() => pattern.test(this.text.slice(from)), `output like ${pattern.source}`);
  }

  type(text: string): void {
    this.client.type(this.channel, text);
  }

  async run(command: string, withinMs?: number): Promise<Ran> {
    const mark = `ran-${++this.commands}`;
    const from = this.client.output(this.channel).length;
    // In two pieces, so that an echo of the line is not taken for its end.
    this.type(`${command}\nprintf '\\n%s%s=%s\\n' ran- ${this.commands} $?\n`);
    const end = new RegExp(`\n${mark}=(\\d+)\n`);
    const said = (): string => clean(this.client.output(this.channel).subarray(from));
    await this.client.until(() => end.test(said()), `the end of ${command}`, withinMs);
    const match = end.exec(said()) as RegExpExecArray;
    return { exitCode: Number(match[1]), output: said().slice(0, match.index).trim() };
  }

  async lines(command: string): Promise<string[]> {
    return (await this.run(command)).output.split('\n');
  }
}

function clean(bytes: Buffer): string {
  return bytes.toString('utf8').replace(ESCAPES, '').replaceAll('\r', '');
}
