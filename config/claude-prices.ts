import { z } from 'zod';

/** US dollars for a million tokens, and what a model takes. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  /** Input that was found in the cache. */
  readonly cacheRead: number;
  /** Input that was put into the cache for five minutes, and for an hour. */
  readonly cacheWrite: number;
  readonly cacheWriteHour: number;
  /** Tokens of one request, as far as is known. */
  readonly context: number;
}

/** Of a model whose name fits, `*` being anything; the first that fits counts. */
export interface PriceEntry {
  readonly name: string;
  readonly price: ModelPrice;
}

/** A table longer than this is a mistake. */
const MAX_ENTRIES = 200;
/** No model costs as much; a price for a thousand tokens written as one for a million is told. */
const MAX_DOLLARS = 10_000;
const USUAL_CONTEXT = 200_000;
/** Of the price of input, as it has been for every model so far. */
const CACHE_READ = 0.1;
const CACHE_WRITE = 1.25;
const CACHE_WRITE_HOUR = 2;

/** Names of models, and with `*` for any part of them patterns of such. */
export const MODEL_PATTERN = /^[A-Za-z0-9._:@/[\]*-]{1,128}$/;

const dollars = z.number().min(0).max(MAX_DOLLARS);
const priceSchema = z.strictObject({
  input: dollars,
  output: dollars,
  cacheRead: dollars.optional(),
  cacheWrite: dollars.optional(),
  cacheWriteHour: dollars.optional(),
  context: z.int().min(1000).max(100_000_000).optional(),
});

/** What {@link ModelPrice} is derived from. */
type GivenPrice = z.output<typeof priceSchema>;

/**
 * Placeholders in the order in which they are tried: list prices as they were known when this was written. What is paid is what the
 * bill says.
 */
const KNOWN: Readonly<Record<string, GivenPrice>> = {
  '*claude-3-opus*': { input: 15, output: 75 },
  '*claude-opus-4-0*': { input: 15, output: 75 },
  '*claude-opus-4-1*': { input: 15, output: 75 },
  '*claude-opus-4-2025*': { input: 15, output: 75 },
  '*claude-3-haiku*': { input: 0.25, output: 1.25 },
  '*claude-3-5-haiku*': { input: 0.8, output: 4 },
  '*opus*': { input: 5, output: 25 },
  '*sonnet*': { input: 3, output: 15 },
  '*haiku*': { input: 1, output: 5 },
  // Of a model nobody here knows, rather too much than too little.
  '*': { input: 15, output: 75 },
};

/** `CLAUDE_PRICES`: its entries come before those that are built in. */
export const claudePrices = {
  schema: z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue('not JSON');
        return z.NEVER;
      }
    })
    .pipe(z.record(z.string().regex(MODEL_PATTERN), priceSchema))
    .refine((table) => Object.keys(table).length <= MAX_ENTRIES)
    .transform((table): readonly PriceEntry[] => Object.freeze([...entriesOf(table), ...entriesOf(KNOWN)])),
  requirement: 'JSON such as {"claude-opus-*": {"input": 5, "output": 25}}, in US dollars for a million tokens',
};

function entriesOf(table: Readonly<Record<string, GivenPrice>>): PriceEntry[] {
  return Object.entries(table).map(([name, given]) => ({ name, price: complete(given) }));
}

function complete({ input, output, context = USUAL_CONTEXT, ...given }: GivenPrice): ModelPrice {
  const {
    cacheRead = input * CACHE_READ,
    cacheWrite = input * CACHE_WRITE,
    cacheWriteHour = input * CACHE_WRITE_HOUR,
  } = given;
  return { input, output, cacheRead, cacheWrite, cacheWriteHour, context };
}
