import { type MeteredUsage, NO_TOKENS, type TokenUsage } from './token-usage';

/** Events that carry usage are a few hundred bytes; of a longer line only its length counts. */
const MAX_LINE_BYTES = 256 * 1024;
/** An answer that is not streamed: the longest output there is, several times over. Beyond it only the length counts. */
const MAX_JSON_BYTES = 8 * 1024 * 1024;
/** Of an answer that broke off; text has 3 to 4, so that rather too much is charged. */
const CHARACTERS_PER_TOKEN = 3;
/** No request is as large: such a number is a mistake of whoever sent it. */
const MAX_TOKENS = 1e9;
const LINE_FEED = 0x0a;
const DATA = Buffer.from('data:');
const FIRST_OF_DATA = 0x64;

type Format = 'events' | 'json' | 'other';

/**
 * Reads what an answer of the Messages API used, from the pieces in which it passes. It keeps none of them, changes none, and never
 * throws. The pieces are to be decoded: a compressed answer says nothing to it.
 */
export class UsageMeter {
  private readonly format: Format;
  private readonly pending: Buffer[] = [];
  private pendingBytes = 0;
  private overlong = false;
  private usage: TokenUsage = NO_TOKENS;
  private known = false;
  private complete = false;
  /** Of output that was seen so far. */
  private characters = 0;

  /** By the `content-type` of the answer. */
  constructor(contentType: string | undefined) {
    if (contentType?.includes('text/event-stream')) this.format = 'events';
    else this.format = contentType?.includes('json') ? 'json' : 'other';
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    switch (this.format) {
      case 'events':
        return this.pushLines(bytes);
      case 'json':
        return this.keep(bytes, MAX_JSON_BYTES);
      case 'other':
        return;
    }
  }

  /** After the last piece, or whenever it broke off. */
  result(): MeteredUsage {
    if (this.format === 'json' && !this.complete) this.readJson();
    const { usage, known, complete } = this;
    if (complete || !known) return { ...usage, complete, known };
    const seen = Math.ceil(this.characters / CHARACTERS_PER_TOKEN);
    return { ...usage, outputTokens: Math.max(usage.outputTokens, seen), complete, known };
  }

  private pushLines(bytes: Buffer): void {
    let from = 0;
    for (;;) {
      const end = bytes.indexOf(LINE_FEED, from);
      if (end === -1) return this.keep(bytes.subarray(from), MAX_LINE_BYTES);
      if (this.pendingBytes === 0 && end - from <= MAX_LINE_BYTES) {
        // The most frequent case, without a copy; two of three lines carry nothing.
        if (bytes[from] === FIRST_OF_DATA) this.readLine(bytes.subarray(from, end));
      } else {
        this.keep(bytes.subarray(from, end), MAX_LINE_BYTES);
        this.readLine(this.take());
      }
      from = end + 1;
    }
  }

  /** Copied: who sent it uses the memory again. */
  private keep(bytes: Buffer, max: number): void {
    if (bytes.length === 0) return;
    this.pendingBytes += bytes.length;
    if (this.pendingBytes > max) {
      this.overlong = true;
      this.pending.length = 0;
    }
    if (!this.overlong) this.pending.push(Buffer.from(bytes));
  }

  private take(): Buffer | undefined {
    if (this.overlong) this.characters += this.pendingBytes;
    const whole = this.overlong ? undefined : Buffer.concat(this.pending, this.pendingBytes);
    this.pending.length = 0;
    this.pendingBytes = 0;
    this.overlong = false;
    return whole;
  }

  private readLine(line: Buffer | undefined): void {
    if (!line || !line.subarray(0, DATA.length).equals(DATA)) return;
    const event = parse(line.toString('utf8', DATA.length));
    switch (text(event, 'type')) {
      case 'message_start':
        this.add(member(member(event, 'message'), 'usage'));
        return;
      case 'message_delta':
        this.add(member(event, 'usage'));
        return;
      case 'content_block_delta':
        this.characters += lengthOf(member(event, 'delta'));
        return;
      case 'message_stop':
        this.complete = this.known;
        return;
      default:
        return;
    }
  }

  private readJson(): void {
    const body = this.take();
    const usage = body && member(parse(body.toString()), 'usage');
    if (usage === undefined) return;
    this.add(usage);
    this.complete = true;
  }

  /** Numbers are of the whole answer so far: later ones take the place of earlier ones. */
  private add(usage: unknown): void {
    if (typeof usage !== 'object' || usage === null) return;
    this.known = true;
    const old = this.usage;
    this.usage = {
      inputTokens: count(usage, 'input_tokens') ?? old.inputTokens,
      outputTokens: count(usage, 'output_tokens') ?? old.outputTokens,
      cacheReadTokens: count(usage, 'cache_read_input_tokens') ?? old.cacheReadTokens,
      cacheWriteTokens: count(usage, 'cache_creation_input_tokens') ?? old.cacheWriteTokens,
      cacheWriteHourTokens:
        count(member(usage, 'cache_creation'), 'ephemeral_1h_input_tokens') ?? old.cacheWriteHourTokens,
    };
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function text(value: unknown, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === 'string' ? found : undefined;
}

function count(value: unknown, name: string): number | undefined {
  const found = member(value, name);
  return Number.isSafeInteger(found) && (found as number) >= 0 ? Math.min(found as number, MAX_TOKENS) : undefined;
}

/** Of text, thinking and a tool's input alike. */
function lengthOf(delta: unknown): number {
  const said = text(delta, 'text') ?? text(delta, 'partial_json') ?? text(delta, 'thinking') ?? '';
  return said.length;
}
