import { loadConfig } from '../../config/environment';
import { requireAllowed } from './allowed-models';
import { ClaudePrices, toDollars } from './claude-prices';
import { fits } from './name-pattern';
import { NO_TOKENS } from './token-usage';
import { usageCsv } from './rest/usage-csv';

function prices(env: Record<string, string> = {}): ClaudePrices {
  const { claudeUsage } = loadConfig(env);
  return new ClaudePrices(claudeUsage.prices, claudeUsage.reservedOutputTokens);
}

function dollars(model: string, usage: Partial<typeof NO_TOKENS>, env?: Record<string, string>): number {
  return toDollars(prices(env).cost(model, { ...NO_TOKENS, ...usage }));
}

const MILLION = 1_000_000;

describe('The price table', () => {
  it('knows the families, whatever is around their names', () => {
    expect(dollars('claude-sonnet-4-5-20250929', { inputTokens: MILLION })).toBe(3);
    expect(dollars('us.anthropic.claude-haiku-4-5-v1:0', { outputTokens: MILLION })).toBe(5);
    expect(dollars('claude-opus-4-5[1m]', { inputTokens: MILLION })).toBe(5);
    expect(dollars('claude-opus-4-1-20250805', { inputTokens: MILLION })).toBe(15);
  });

  it('takes a model nobody knows for one of the dearest', () => {
    expect(dollars('something-new', { outputTokens: MILLION })).toBe(75);
  });

  it('prices what is read from the cache, and what is written into it for five minutes and for an hour', () => {
    const usage = { cacheReadTokens: MILLION, cacheWriteTokens: 2 * MILLION, cacheWriteHourTokens: MILLION };
    expect(dollars('claude-sonnet-5', usage)).toBeCloseTo(0.3 + 3.75 + 6);
  });

  it('is changed by CLAUDE_PRICES, whose names come first', () => {
    const CLAUDE_PRICES = '{"claude-opus-*": {"input": 2, "output": 4, "cacheRead": 1}}';
    expect(dollars('claude-opus-9', { inputTokens: MILLION, cacheReadTokens: MILLION }, { CLAUDE_PRICES })).toBe(3);
    expect(dollars('claude-haiku-9', { inputTokens: MILLION }, { CLAUDE_PRICES })).toBe(1);
  });

  it.each([
    '{',
    '[]',
    '{"x": {"input": 1}}',
    '{"x": {"input": -1, "output": 1}}',
    '{"a b": {"input": 1, "output": 1}}',
  ])('refuses CLAUDE_PRICES=%s at the start', (CLAUDE_PRICES) => {
    expect(() => loadConfig({ CLAUDE_PRICES })).toThrow(/CLAUDE_PRICES must be JSON such as/);
  });

  it('holds for a request its input at its dearest, and its output up to the bound', () => {
    const table = prices({ CLAUDE_RESERVED_OUTPUT_TOKENS: '1000' });
    expect(toDollars(table.reserve('claude-sonnet-5', MILLION, 500))).toBeCloseTo(3.75 + 0.0075);
    expect(toDollars(table.reserve('claude-sonnet-5', 0, 64_000))).toBeCloseTo(0.015);
    expect(toDollars(table.reserve('claude-sonnet-5', -5, Number.NaN))).toBeCloseTo(0.015);
  });

  it('says a million when a conversation is longer than its model usually takes', () => {
    expect(prices().contextLimit('claude-sonnet-5', 150_000)).toBe(200_000);
    expect(prices().contextLimit('claude-sonnet-5', 250_000)).toBe(MILLION);
  });
});

describe('Models', () => {
  it('are all allowed as long as none is listed, and only those that fit afterwards', () => {
    expect(() => requireAllowed('', 'claude-opus-9')).not.toThrow();
    expect(() => requireAllowed('claude-sonnet-*, claude-haiku-4-5', 'claude-sonnet-9')).not.toThrow();
    expect(() => requireAllowed('claude-sonnet-*, claude-haiku-4-5', 'claude-opus-9')).toThrow(
      /claude-opus-9 is not allowed on this server; these are: claude-sonnet-\*, claude-haiku-4-5/,
    );
  });

  it.each([undefined, 7, '', 'a b', 'x'.repeat(129), 'claude\n-opus', '*'])('are not called %j', (model) => {
    expect(() => requireAllowed('', model)).toThrow(/no model/);
  });

  it('fit patterns with any number of stars, at once', () => {
    expect(fits('a*b*c', 'axxbyybzc')).toBe(true);
    expect(fits('a*b', 'abc')).toBe(false);
    expect(fits('**', '')).toBe(true);
    expect(fits(`${'*a'.repeat(60)}b`, 'a'.repeat(128))).toBe(false);
  });
});

it('A CSV of usage has no formulas in it, and survives any name', () => {
  const sums = { requests: 1, inputTokens: 2, outputTokens: 3, cacheReadTokens: 4, cacheWriteTokens: 5, costUsd: 0.5 };
  const csv = usageCsv([{ key: 'u', name: '=HYPERLINK("x"),\n', projectId: null, ...sums }]);
  expect(csv).toBe(
    `key,name,projectId,requests,inputTokens,outputTokens,cacheReadTokens,cacheWriteTokens,costUsd\r\nu,"'=HYPERLINK(""x""),\n",,1,2,3,4,5,0.5\r\n`,
  );
});
