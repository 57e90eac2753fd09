/** What one request used, as the API counts it. */
export interface TokenUsage {
  /** Without what was read from the cache or written into it. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  /** For five minutes and for an hour together. */
  readonly cacheWriteTokens: number;
  /** Of those, for an hour. */
  readonly cacheWriteHourTokens: number;
}

/** What an answer said it used. */
export interface MeteredUsage extends TokenUsage {
  /** False: the answer broke off, and its output was counted here by its length. */
  readonly complete: boolean;
  /** False: the answer said nothing that could be read; what was reserved is charged. */
  readonly known: boolean;
}

export const NO_TOKENS: TokenUsage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  cacheWriteHourTokens: 0,
};

/** What the model had before it when it ended. */
export function contextTokens({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: TokenUsage): number {
  return inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens;
}
