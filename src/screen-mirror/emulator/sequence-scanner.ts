import * as table from './transition-table';

/** How far a piece of output may be given to the parser, as positions in the whole stream. */
export interface ScanResult {
  /** Everything before this is complete. */
  readonly feedEnd: number;
  /** Bytes from here on must be kept: they belong to an unfinished sequence or character. */
  readonly holdFrom: number;
  /** Positions right after sequences that may be queries, so that a reply can be given its query's offset. */
  readonly queryEnds: readonly number[];
  /** Where the sequence that was unfinished before this piece ended; nothing when it has not. */
  readonly endedAt?: number;
}

/** Finals of every CSI sequence that xterm.js answers: DA, DSR, DECRQM (and DECSTR, which it does not). */
const QUERY_FINALS = new Set(['c', 'n', 'p'].map((final) => final.charCodeAt(0)));
const LAST_CSI_STATE = table.CSI_IGNORE;
const ESC = 0x1b;
const SMALLEST_BY_LENGTH = [0, 0, 0x80, 0x800, 0x10000];

/**
 * Follows the output byte by byte, exactly as xterm.js decodes and parses it, to know at every position whether it is
 * inside a character or an escape sequence. Remembers two numbers and a state, no bytes.
 */
export class SequenceScanner {
  private state = table.GROUND;
  private sequenceStart = 0;
  private characterStart = 0;
  private characterLength = 0;
  private codePoint = 0;
  private continuationsMissing = 0;

  constructor(private at = 0) {
    this.sequenceStart = at;
  }

  get position(): number {
    return this.at;
  }

  get parserState(): number {
    return this.state;
  }

  /** Bytes at the end that are the beginning of one UTF-8 character. */
  get partialCharacterLength(): number {
    return this.continuationsMissing > 0 ? this.at - this.characterStart : 0;
  }

  scan(bytes: Uint8Array): ScanResult {
    const base = this.at;
    const queryEnds: number[] = [];
    let fedEscape = false;
    let endedAt: number | undefined;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] as number;
      let code = byte;
      if (this.continuationsMissing > 0 || byte >= 0x80) {
        code = this.decode(byte, base + i);
        if (code < 0) continue;
      } else if (this.state === table.GROUND && byte !== ESC) {
        continue;
      }
      const before = this.state;
      const after = table.NEXT_STATE[(before << 8) | code] as number;
      this.state = after;
      if (before === after && code !== ESC) continue;
      if (code === ESC) endedAt ??= base + i;
      else if (after === table.GROUND) endedAt ??= base + i + 1;
      if (code === ESC || before === table.GROUND) {
        this.sequenceStart = code < 0x80 ? base + i : this.characterStart;
        fedEscape = before !== table.GROUND;
      }
      if (this.mayHaveAsked(before, after, code)) queryEnds.push(base + i + 1);
    }
    this.at = base + bytes.length;
    return { ...this.cut(fedEscape), queryEnds, endedAt };
  }

  /** Decodes one byte; a code, or -1 while a character is unfinished or when it is none. */
  private decode(byte: number, position: number): number {
    if (this.continuationsMissing > 0) {
      if ((byte & 0xc0) === 0x80) {
        this.codePoint = (this.codePoint << 6) | (byte & 0x3f);
        return --this.continuationsMissing > 0 ? -1 : this.decoded();
      }
      this.continuationsMissing = 0;
      if (byte < 0x80) return byte;
    }
    if (byte >= 0xc0 && byte < 0xf8) {
      this.characterStart = position;
      this.continuationsMissing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
      this.characterLength = this.continuationsMissing + 1;
      this.codePoint = byte & (0x7f >> this.characterLength);
    }
    return -1;
  }

  /** xterm.js drops overlong forms, surrogates, byte order marks and what lies beyond Unicode. */
  private decoded(): number {
    const value = this.codePoint;
    if (value < (SMALLEST_BY_LENGTH[this.characterLength] as number) || value > 0x10ffff) return -1;
    if ((value >= 0xd800 && value <= 0xdfff) || value === 0xfeff) return -1;
    return Math.min(value, table.NON_ASCII);
  }

  private mayHaveAsked(before: number, after: number, code: number): boolean {
    if (after === table.GROUND && before >= table.CSI_ENTRY && before <= LAST_CSI_STATE) return QUERY_FINALS.has(code);
    // A DCS query (DECRQSS) is answered as soon as its string ends, which with ESC \ is the ESC.
    return before === table.DCS_PASSTHROUGH && (after === table.GROUND || code === ESC);
  }

  /**
   * An ESC inside a sequence ends that one and begins the next: it is both given to the parser (which then runs what it
   * ended) and kept; a second ESC changes nothing in the parser.
   */
  private cut(fedEscape: boolean): { feedEnd: number; holdFrom: number } {
    if (this.state === table.GROUND) {
      const end = this.at - this.partialCharacterLength;
      return { feedEnd: end, holdFrom: end };
    }
    const holdFrom = this.sequenceStart;
    return { feedEnd: fedEscape ? holdFrom + 1 : holdFrom, holdFrom };
  }
}
