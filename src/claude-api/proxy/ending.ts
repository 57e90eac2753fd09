import type { Refusal, SettledRequest } from '../claude-api-events';
import type { MeteredUsage } from '../../claude-usage/token-usage';

/** Said of a request whose CLI did not wait for the answer. */
const CLIENT_GONE = 499;

/** How a request ended. */
export type Ending =
  | { readonly kind: 'refused'; readonly status: number; readonly refused?: Refusal }
  | {
      readonly kind: 'relayed';
      readonly status: number;
      readonly whole: boolean;
      readonly usage?: MeteredUsage;
      readonly upstreamId?: string;
    }
  | { readonly kind: 'gone' }
  | { readonly kind: 'broken' };

type Outcome = Pick<
  SettledRequest,
  | 'status'
  | 'inputTokens'
  | 'outputTokens'
  | 'cacheReadTokens'
  | 'cacheWriteTokens'
  | 'complete'
  | 'refused'
  | 'upstreamId'
>;

const NOTHING_USED = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

export function outcomeOf(ending: Ending): Outcome {
  switch (ending.kind) {
    case 'refused': {
      const { status, refused } = ending;
      return { ...NOTHING_USED, status, complete: true, ...(refused && { refused }) };
    }
    case 'relayed': {
      const { status, whole, usage, upstreamId } = ending;
      const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = usage ?? NOTHING_USED;
      const tokens = { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens };
      return { ...tokens, status, complete: whole, ...(upstreamId && { upstreamId }) };
    }
    case 'gone':
      return { ...NOTHING_USED, status: CLIENT_GONE, complete: false };
    case 'broken':
      return { ...NOTHING_USED, status: 500, complete: false };
  }
}
