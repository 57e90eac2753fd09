import { isDangerous } from './danger';

export interface Suggestion {
  readonly cmd: string;
  readonly why: string;
  /** It may destroy something: say so before it is taken. */
  readonly danger: boolean;
}

export const MAX_SUGGESTIONS = 3;
const MAX_COMMAND = 400;
const MAX_WHY = 80;
/** A line that is longer is no suggestion; what is left of it is passed over. */
const MAX_LINE = 2_000;
/** Whatever a terminal or a reader could take for something else than it looks: it would be inserted into a command line. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Finds the suggestions in an answer while it arrives: one JSON object on each line, and nothing else counts. */
export class SuggestionLines {
  private rest = '';
  private isTooLong = false;
  private found = 0;

  /** Those that are complete now. */
  push(text: string): Suggestion[] {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    const suggestions = lines.flatMap((line) => this.take(line));
    if (this.rest.length > MAX_LINE) {
      this.rest = '';
      this.isTooLong = true;
    }
    return suggestions;
  }

  /** The last line may have no end. */
  end(): Suggestion[] {
    const line = this.rest;
    this.rest = '';
    return this.take(line);
  }

  get isFull(): boolean {
    return this.found >= MAX_SUGGESTIONS;
  }

  private take(line: string): Suggestion[] {
    const isRemainder = this.isTooLong;
    this.isTooLong = false;
    const suggestion = isRemainder || this.isFull || line.length > MAX_LINE ? undefined : parse(line);
    if (suggestion) this.found++;
    return suggestion ? [suggestion] : [];
  }
}

function parse(line: string): Suggestion | undefined {
  const value = jsonObject(line);
  const cmd = cleanText(value?.['cmd'], MAX_COMMAND);
  if (cmd === undefined || cmd === '') return undefined;
  const { why } = value as { why?: unknown };
  const reason = cleanText(why, MAX_COMMAND) ?? '';
  return { cmd, why: reason.slice(0, MAX_WHY), danger: isDangerous(cmd) };
}

function jsonObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function cleanText(value: unknown, max: number): string | undefined {
  return typeof value === 'string' && value.length <= max && !HIDDEN.test(value) ? value.trim() : undefined;
}
