/** What every version of the format says of a recording. */
export interface CastHeader {
  readonly cols: number;
  readonly rows: number;
  readonly terminal: string;
  /** Unix milliseconds of the first event. */
  readonly startedAt: number;
  readonly title?: string;
}

export type CastEvent =
  | { readonly kind: 'output'; readonly ms: number; readonly text: string }
  | { readonly kind: 'resize'; readonly ms: number; readonly cols: number; readonly rows: number }
  /** As a shell would say it: 128 and the signal's number when a signal ended it. */
  | { readonly kind: 'exit'; readonly ms: number; readonly status: number };

/** Writes one version of asciicast. `ms` of events counts from the start of the recording and never goes back. */
export interface CastFormat {
  header(header: CastHeader): string;
  /** A line, or nothing when the version cannot say it. */
  event(event: CastEvent): string;
}

export const CAST_FORMATS = ['asciicast-v2', 'asciicast-v3'] as const;
export type CastFormatName = (typeof CAST_FORMATS)[number];

export function castFormat(name: CastFormatName): CastFormat {
  switch (name) {
    case 'asciicast-v2':
      return new AsciicastV2();
    case 'asciicast-v3':
      return new AsciicastV3();
  }
}

/** https://docs.asciinema.org/manual/asciicast/v2: times count from the start. */
class AsciicastV2 implements CastFormat {
  header({ cols, rows, terminal, startedAt, title }: CastHeader): string {
    return line({
      version: 2,
      width: cols,
      height: rows,
      timestamp: seconds(startedAt),
      title,
      env: { TERM: terminal },
    });
  }

  event(event: CastEvent): string {
    return event.kind === 'exit' ? '' : line([event.ms / 1000, ...codeAndData(event)]);
  }
}

/** https://docs.asciinema.org/manual/asciicast/v3: times count from the event before. */
class AsciicastV3 implements CastFormat {
  private last = 0;

  header({ cols, rows, terminal, startedAt, title }: CastHeader): string {
    return line({ version: 3, term: { cols, rows, type: terminal }, timestamp: seconds(startedAt), title });
  }

  event(event: CastEvent): string {
    const interval = event.ms - this.last;
    this.last = event.ms;
    return line([interval / 1000, ...codeAndData(event)]);
  }
}

function codeAndData(event: CastEvent): [string, string] {
  switch (event.kind) {
    case 'output':
      return ['o', event.text];
    case 'resize':
      return ['r', `${event.cols}x${event.rows}`];
    case 'exit':
      return ['x', String(event.status)];
  }
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

/** What JSON leaves as it is and a terminal or an editor obeys: DEL, C1, separators of lines, marks that turn the direction. */
const UNESCAPED = /[\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The same to every reader of JSON, and harmless to whoever looks at the file. */
function line(value: unknown): string {
  const escaped = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${JSON.stringify(value).replace(UNESCAPED, escaped)}\n`;
}
