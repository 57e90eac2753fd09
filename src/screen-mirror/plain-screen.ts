import { GROUND, NEXT_STATE, NON_ASCII } from './emulator/transition-table';
import type { TranscriptInfo, TranscriptSource } from './transcript-source';

/** Output looked at for one screenful of text: a 1000-line screen of full lines is longer, what people look at is not. */
const PLAIN_BYTES = 64 * 1024;
const ESCAPE = 0x1b;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export interface PlainScreen {
  readonly offset: number;
  readonly cols: number;
  readonly rows: number;
  readonly lines: string[];
}

/** The last screenful of a transcript as mere text, for sessions whose output the emulator cannot take. */
export async function plainScreen(source: TranscriptSource, id: string, info: TranscriptInfo): Promise<PlainScreen> {
  const { cols, rows } = info.sizes[info.sizes.length - 1] ?? { cols: 80, rows: 24 };
  const from = Math.max(info.start, info.end - PLAIN_BYTES);
  const bytes = await source.read(id, from, info.end - from);
  const whole = from === 0 ? bytes : bytes.subarray(boundary(bytes));
  const lines = stripped(whole.toString('utf8'))
    .slice(-rows)
    .flatMap((line) => wrapped(line, cols))
    .slice(-rows);
  return { offset: from + bytes.length, cols, rows, lines };
}

/** Text without escape sequences and control characters, in lines; a carriage return starts its line again. */
export function stripped(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  let state = GROUND;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const before = state;
    state = NEXT_STATE[(before << 8) | Math.min(code, NON_ASCII)] as number;
    if (before !== GROUND || state !== GROUND) continue;
    if (code === LINE_FEED) {
      lines.push(line);
      line = '';
    } else if (code === CARRIAGE_RETURN) {
      if (text.charCodeAt(i + 1) !== LINE_FEED) line = '';
    } else if (code === TAB) line += ' ';
    else if (code >= NON_ASCII || (code >= 0x20 && code < 0x7f)) line += text[i];
  }
  return [...lines, line];
}

function wrapped(line: string, cols: number): string[] {
  const parts: string[] = [];
  for (let from = 0; from === 0 || from < line.length; from += cols) parts.push(line.slice(from, from + cols));
  return parts;
}

/** Where a line, or else a sequence, begins. */
function boundary(bytes: Buffer): number {
  return bytes.indexOf(LINE_FEED) + 1 || Math.max(0, bytes.indexOf(ESCAPE));
}
