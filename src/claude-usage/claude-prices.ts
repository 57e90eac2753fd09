import type { ModelPrice, PriceEntry } from '../../config/claude-prices';
import { fits } from './name-pattern';
import type { TokenUsage } from './token-usage';

/** A billionth of a dollar: the cheapest token costs dozens of them, and sums of whole numbers are exact. */
export type NanoDollars = number;

const NANO = 1e9;
/** Nano-dollars for a token, of dollars for a million tokens. */
const PER_TOKEN = NANO / 1e6;
/** What models with a long context take when they are asked to. */
const LONG_CONTEXT = 1_000_000;
/** No request is as long: numbers of clients may be anything. */
const MAX_INPUT = 100_000_000;
const UNKNOWN: PriceEntry = {
  name: '*',
  price: { input: 15, output: 75, cacheRead: 1.5, cacheWrite: 18.75, cacheWriteHour: 30, context: 200_000 },
};

export function toDollars(nano: NanoDollars): number {
  return nano / NANO;
}

export function toNano(dollars: number): NanoDollars {
  return Math.round(dollars * NANO);
}

/** What requests cost by the table of this server: an estimate, as the bill is made elsewhere. */
export class ClaudePrices {
  constructor(
    private readonly entries: readonly PriceEntry[],
    /** `CLAUDE_RESERVED_OUTPUT_TOKENS` */
    private readonly reservedOutputTokens: number,
  ) {}

  /** The entry a model is priced by; of these there are few, while names of models are whatever a client says. */
  familyOf(model: string): string {
    return this.entryOf(model).name;
  }

  cost(model: string, usage: TokenUsage): NanoDollars {
    const { input, output, cacheRead, cacheWrite, cacheWriteHour } = this.priceOf(model);
    const hour = Math.min(usage.cacheWriteHourTokens, usage.cacheWriteTokens);
    const dollars =
      usage.inputTokens * input +
      usage.outputTokens * output +
      usage.cacheReadTokens * cacheRead +
      (usage.cacheWriteTokens - hour) * cacheWrite +
      hour * cacheWriteHour;
    return Math.round(dollars * PER_TOKEN);
  }

  /**
   * What is held for a request: its input at its dearest – all of it put into the cache for five minutes – and its output as long as most
   * are. What it says beyond that is the error of the estimate, for each request that runs.
   */
  reserve(model: string, inputTokens: number, maxTokens: number): NanoDollars {
    const { input, cacheWrite, output } = this.priceOf(model);
    const said = within(maxTokens, this.reservedOutputTokens);
    return Math.round((within(inputTokens, MAX_INPUT) * Math.max(input, cacheWrite) + said * output) * PER_TOKEN);
  }

  /** A conversation that is longer than its model takes is one with a long context. */
  contextLimit(model: string, tokens: number): number {
    const { context } = this.priceOf(model);
    return tokens > context ? Math.max(LONG_CONTEXT, tokens) : context;
  }

  private priceOf(model: string): ModelPrice {
    return this.entryOf(model).price;
  }

  private entryOf(model: string): PriceEntry {
    const lower = model.toLowerCase();
    return this.entries.find(({ name }) => fits(name.toLowerCase(), lower)) ?? UNKNOWN;
  }
}

/** What is no number counts as the most. */
function within(value: number, max: number): number {
  return Number.isFinite(value) ? Math.min(Math.max(0, value), max) : max;
}
