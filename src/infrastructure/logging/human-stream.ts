import { visible, visibleLines } from '../../kernel/visible-text';

const COLOURS: Readonly<Record<string, number>> = { trace: 90, debug: 90, info: 32, warn: 33, error: 31, fatal: 31 };
const GREY = 90;

interface LogLine {
  readonly level: string;
  readonly time: string;
  readonly context?: string;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

/** Turns the JSON lines of pino into lines for a person at a terminal. */
export function humanReadable(out: { write(text: string): unknown }): { write(line: string): void } {
  return { write: (line) => void out.write(`${format(JSON.parse(line) as LogLine)}\n`) };
}

function format({ level, time, context, msg, stack, ...rest }: LogLine): string {
  const clock = time.slice(11, 23);
  const extra = Object.keys(rest).length > 0 ? ` ${coloured(GREY, visible(JSON.stringify(rest)))}` : '';
  const where = context === undefined ? '' : `${coloured(GREY, `[${visible(context)}]`)} `;
  const trace = typeof stack === 'string' ? `\n${visibleLines(stack)}` : '';
  return `${coloured(GREY, clock)} ${coloured(COLOURS[level] ?? GREY, level.padEnd(5))} ${where}${visible(msg ?? '')}${extra}${trace}`;
}

function coloured(colour: number, text: string): string {
  return `\u001b[${colour}m${text}\u001b[0m`;
}
